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
  /** Opens one, or gives the one that is open already. */
  open(draft: PullRequestDraft): Promise<Opened>;
  /** Sets what people asked for beside a new one. What cannot be set is a warning. */
  dress(number: number, dress: Dress): Promise<readonly string[]>;
  /** Changes title, body or state. `undefined` if the forge refuses to reopen it. */
  change(number: number, change: PullRequestChange): Promise<PullRequest | undefined>;
  /** Says something once: the key is hidden in the comment and looked for before. What goes wrong is a warning. */
  comment(number: number, comment: { readonly key: string; readonly text: string }): Promise<readonly string[]>;
  /** Makes a branch again where it was: a pull request whose branch is gone cannot be reopened. False: it cannot. */
  restoreBranch(branch: string, commit: string): Promise<boolean>;
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
  /** The commit at which the base had it, if it was merged. */
  readonly mergeCommit?: string;
}

export interface PullRequestDraft {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

/** Set on creation only: afterwards these belong to people. */
export interface Dress {
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly teamReviewers: readonly string[];
  readonly assignees: readonly string[];
  /** Its number or its title. */
  readonly milestone?: string | undefined;
}

interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
}

export interface Opened {
  readonly pull: PullRequest;
  /** False where one was open already. */
  readonly created: boolean;
  readonly warnings: readonly string[];
}
