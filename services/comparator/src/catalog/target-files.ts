import type { CatalogTarget } from "@lockstep/shared/config";

/** A file at the tip of a target's branch. */
export interface TargetFile {
  /** Its git blob id. */
  readonly blob: string;
  readonly bytes: Uint8Array;
}

export interface TargetLook {
  /** The commit that was looked at. */
  readonly tip: string;
  /** Path → file; null where nothing stands at the path. */
  readonly files: ReadonlyMap<string, TargetFile | null>;
  /** Blob id → bytes, of the blobs that were asked for beside the files; those that git no longer has are absent. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export interface TargetQuestion {
  readonly target: CatalogTarget;
  /** Blobs to be read as well. */
  readonly blobs: readonly string[];
}

/** What the comparator needs of a target's repository. */
export interface TargetFiles {
  /**
   * Reads the target's files at the tip of its branch, from git. Throws GIT_* and TARGET_NOT_A_FILE for a path
   * at which a folder, link or submodule stands.
   */
  read(question: TargetQuestion, signal: AbortSignal): Promise<TargetLook>;
  /** Content that a target is going to have: it need not be downloaded when it is read next. */
  remember(file: TargetFile): void;
}
