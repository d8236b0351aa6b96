import type { Refs } from "./git/bare-repository.ts";

/** What the forge remembers beside git. Times are ISO 8601 in whole seconds, as GitHub writes them. */

export type Permission = "read" | "write" | "admin";

export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
}

interface Team {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
}

export interface Token {
  readonly token: string;
  readonly login: string;
  /** What it may do where it may go; absent: what its user may. */
  readonly permission?: Permission;
  /** `owner/name` of each repository it may see; absent: all. */
  readonly repositories?: readonly string[];
  readonly expiresAt?: string;
  readonly installationId?: number;
}

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Milestone {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly createdAt: string;
}

export interface Comment {
  readonly id: number;
  readonly number: number;
  readonly user: string;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: "open" | "closed";
  readonly draft: boolean;
  readonly user: string;
  /** The repository the branch is in: `owner/name`; another one for a fork. */
  readonly headRepository: string;
  readonly headRef: string;
  /** Follows the branch while the pull request is open, and stays when it is closed. */
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly mergedAt: string | null;
  readonly mergedBy: string | null;
  readonly mergeCommitSha: string | null;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly reviewers: readonly string[];
  readonly teams: readonly string[];
  readonly milestone: number | null;
}

export interface Protection {
  readonly requirePullRequest?: boolean;
  readonly allowForcePushes?: boolean;
  readonly allowDeletions?: boolean;
}

export interface Webhook {
  readonly id: number;
  readonly url: string;
  readonly secret: string | undefined;
  readonly events: readonly string[];
}

export interface RepositorySettings {
  private: boolean;
  archived: boolean;
  description: string | null;
  defaultBranch: string;
  allowMergeCommit: boolean;
  allowSquashMerge: boolean;
  allowRebaseMerge: boolean;
  deleteBranchOnMerge: boolean;
}

/** What a stale read shows: the content before the last write. */
export interface Content {
  readonly refs: Refs;
  readonly pulls: ReadonlyMap<number, Pull>;
  readonly comments: readonly Comment[];
}

export interface Repository extends Content {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** `owner/name` of the repository this one was forked from. */
  readonly forkOf: string | undefined;
  readonly createdAt: string;
  pushedAt: string;
  updatedAt: string;
  readonly settings: RepositorySettings;
  /** Maps are replaced and never changed, so that `before` costs nothing. */
  refs: Refs;
  pulls: ReadonlyMap<number, Pull>;
  comments: readonly Comment[];
  before: Content;
  labels: readonly Label[];
  milestones: readonly Milestone[];
  readonly collaborators: Map<string, Permission>;
  readonly protection: Map<string, Protection>;
  webhooks: readonly Webhook[];
  nextNumber: number;
}

export interface State {
  nextId: number;
  /** By `owner/name` in lower case. */
  readonly repositories: Map<string, Repository>;
  /** By login in lower case. */
  readonly users: Map<string, User>;
  /** By `owner/slug` in lower case. */
  readonly teams: Map<string, Team>;
  readonly tokens: Map<string, Token>;
}

export function createState(): State {
  return { nextId: 1000, repositories: new Map(), users: new Map(), teams: new Map(), tokens: new Map() };
}

/** The instant as GitHub writes it. */
export function instant(date: Date = new Date()): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function fullName(repository: Pick<Repository, "owner" | "name">): string {
  return `${repository.owner}/${repository.name}`;
}

export function findRepository(state: State, name: string): Repository | undefined {
  return state.repositories.get(name.toLowerCase());
}

/** The user of that login, made when it is new: a test need not announce everyone. */
export function userOf(state: State, login: string, type: User["type"] = "User"): User {
  const key = login.toLowerCase();
  const known = state.users.get(key);
  if (known !== undefined) return known;
  const user: User = { id: state.nextId++, login, type: login.endsWith("[bot]") ? "Bot" : type };
  state.users.set(key, user);
  return user;
}

/** Replaces a pull request by a changed one and gives the changed one. */
export function changePull(repository: Repository, pull: Pull, changes: Partial<Pull>): Pull {
  const changed = { ...pull, updatedAt: instant(), ...changes };
  repository.pulls = new Map(repository.pulls).set(pull.number, changed);
  return changed;
}

/** Remembers what the repository holds now as what a stale read shows after the write that follows. */
export function rememberContent(repository: Repository): void {
  repository.before = { refs: repository.refs, pulls: repository.pulls, comments: repository.comments };
}
