/** Branch names are short (`main`, `sync/text`), commits, trees and blobs are object ids in hex. */
export interface Repository {
  /** The repository's folder, for tasks of the caller's own. */
  readonly folder: string;
  /**
   * Fetches the tips of the base branch and of `others` in one fetch, depth 1, without blobs. PermanentError
   * `EMPTY_REPOSITORY` or `BRANCH_NOT_FOUND` if the base is not there; other branches that are missing are undefined.
   */
  fetchBase(branch: string, others?: readonly string[]): Promise<FetchedBranches>;
  /** Fetches the last `depth` commits (default 100) that lead to these, without blobs. */
  deepen(commits: readonly string[], depth?: number): Promise<void>;
  /** What stands at a path of a commit; undefined if nothing does. */
  entryAt(commit: string, path: string): Promise<TreeEntry | undefined>;
  /** The same for several paths in one process; a path at which nothing stands is absent. */
  entriesAt(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, TreeEntry>>;
  /** A blob's bytes, downloaded if the cache has not got it. */
  readBlob(blob: string): Promise<Buffer>;
  /** The bytes of several blobs: at most one download, one process. */
  readBlobs(blobs: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** The commits that `head` has and `base` has not, newest first, as far as they were fetched. */
  listCommits(base: string, head: string): Promise<readonly Commit[]>;
  /**
   * Writes the commit "base with these files" and no ref. The same plan gives the same commit id (I3). Where the
   * files are so already, nothing is written: `changed` is false and `commit` is the base.
   */
  writeCommit(plan: CommitPlan): Promise<WrittenCommit>;
  /** Sets a branch to a commit if it still stands where `lease` says. TransientError `GIT_STALE_LEASE` if it moved. */
  push(update: BranchUpdate): Promise<PushResult>;
  /** Deletes a branch if it still stands at `lease`. A branch that is gone already is `up-to-date`. */
  deleteBranch(branch: string, lease: string): Promise<PushResult>;
  /** Tells whether all that is on a branch was put there by us (I8). Needs at most one deepening fetch. */
  whoseCommits(question: OwnershipQuestion): Promise<BranchOwnership>;
}

export interface FetchedBranches {
  readonly base: string;
  readonly others: ReadonlyMap<string, string | undefined>;
}

export interface TreeEntry {
  /** `100644`, `100755`, `120000` (symbolic link), `040000` (folder) or `160000` (submodule). */
  readonly mode: string;
  readonly oid: string;
}

export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  /** An instant of the cause, never of the clock; git keeps whole seconds, in UTC. */
  readonly date: Date;
}

export interface FileChange {
  /** Below the repository's root, with `/`. */
  readonly path: string;
  /** The whole content, or undefined to delete the file. */
  readonly content: Uint8Array | undefined;
  /** Default: the mode it has, `100644` for a new file. */
  readonly mode?: "100644" | "100755";
}

export interface CommitPlan {
  readonly base: string;
  readonly files: readonly FileChange[];
  /** Without the `Lockstep-Delta` trailer, which is added. */
  readonly message: string;
  readonly author: Person;
  /** Default: the author. */
  readonly committer?: Person;
}

export interface WrittenCommit {
  readonly commit: string;
  readonly tree: string;
  readonly changed: boolean;
}

export interface BranchUpdate {
  readonly branch: string;
  readonly commit: string;
  /** Where the branch was seen; undefined if it was not there. */
  readonly lease: string | undefined;
}

export type PushResult = "created" | "updated" | "deleted" | "up-to-date";

export interface OwnershipQuestion {
  /** The tips of the base branch and of ours, as `fetchBase` gave them. */
  readonly base: string;
  readonly head: string;
  /** The head our record says we pushed. */
  readonly recorded: string | undefined;
}

export type BranchOwnership =
  | { readonly kind: "ours"; readonly because: "recorded-head" | "own-commit" | "own-history" }
  | { readonly kind: "foreign"; readonly commit: string; readonly because: ForeignReason };

/** `unrelated-history`: as far as it was fetched, the branch's history does not lead back to the base. */
export type ForeignReason = "no-trailer" | "content-differs" | "merge-edited" | "unrelated-history";
