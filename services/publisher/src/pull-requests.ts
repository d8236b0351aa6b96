/** What the publisher needs of a forge, in the publisher's words. Every failure is one of the runtime's errors. */
export interface Forge {
  /** The pull requests of one repository. `name` is `owner/name`; the signal ends every call. */
  of(name: string, signal: AbortSignal): PullRequests;
}

export interface PullRequests {
  /** Ends quietly if the forge may be written to; LaterError while it asked us to wait, whoever of us it asked. */
  ready(): Promise<void>;
  /** The newest pull requests from this branch of the repository itself, in any state; never a fork's. */
  findByBranch(branch: string): Promise<readonly PullRequest[]>;
  /** All open ones from the repository's own branches. */
  listOpen(): Promise<readonly PullRequest[]>;
  /** Opens one, or gives the one that is open already. What could not be set beside it is a warning. */
  open(draft: PullRequestDraft): Promise<Opened>;
  /** Changes title, body or state. `undefined` if the forge refuses to reopen it. */
  change(number: number, change: PullRequestChange): Promise<PullRequest | undefined>;
  /** Says something once: the key is hidden in the comment and looked for before. */
  comment(number: number, comment: { readonly key: string; readonly text: string }): Promise<void>;
  /** Makes a branch again where it was: a pull request whose branch is gone cannot be reopened. */
  restoreBranch(branch: string, commit: string): Promise<void>;
}

export interface PullRequest {
  readonly number: number;
  /** For people. */
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed" | "merged";
  readonly branch: string;
  /** The branch's commit; when it is closed, the last one. */
  readonly head: string;
  /** The branch it goes to. */
  readonly base: string;
  readonly createdAt: string;
  readonly endedAt?: string;
}

export interface PullRequestDraft {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly teamReviewers: readonly string[];
  readonly assignees: readonly string[];
  /** Its number or its title. */
  readonly milestone?: string;
}

export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
}

export interface Opened {
  readonly pull: PullRequest;
  readonly warnings: readonly string[];
}
