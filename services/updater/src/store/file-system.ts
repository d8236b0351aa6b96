import {
  appendFile,
  lstat,
  mkdir,
  open,
  readFile,
  readdir,
  readlink,
  rename,
  rmdir,
  statfs,
  symlink,
  unlink,
} from "node:fs/promises";

/** What stands at a path. `executable` is the owner's bit. */
export interface Standing {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly executable: boolean;
}

/**
 * Every file-system operation of an update, one method each, so that a test can end the process before any of them,
 * refuse any of them, or forget what was not synced (I11). Paths are absolute. Errors are Node's own.
 */
export interface FileSystem {
  /** One folder; one that is there already is fine. */
  makeFolder(path: string): Promise<void>;
  /** Creates or replaces a file. */
  write(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** A symbolic link at `path`. */
  link(path: string, target: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  removeFile(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  /** Makes durable what stands at the path: a file's bytes, a folder's names. */
  sync(path: string): Promise<void>;
  read(path: string): Promise<Buffer>;
  list(path: string): Promise<readonly string[]>;
  readLink(path: string): Promise<string>;
  /** Undefined where nothing stands. Links are not followed. */
  look(path: string): Promise<Standing | undefined>;
  freeBytes(path: string): Promise<number>;
}

/** The machine's file system. */
export const machineFileSystem: FileSystem = {
  async makeFolder(path) {
    await mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
  },
  async write(path, bytes, mode) {
    await using file = await open(path, "w", mode);
    await file.writeFile(bytes);
    // The umask may have taken bits away.
    await file.chmod(mode);
  },
  append: (path, text) => appendFile(path, text),
  link: (path, target) => symlink(target, path),
  rename,
  removeFile: unlink,
  removeFolder: rmdir,
  async sync(path) {
    await using file = await open(path, "r");
    await file.sync();
  },
  read: (path) => readFile(path),
  list: (path) => readdir(path),
  readLink: (path) => readlink(path),
  async look(path) {
    const found = await lstat(path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    const kind = found.isSymbolicLink() ? "link" : found.isDirectory() ? "folder" : found.isFile() ? "file" : "other";
    return { kind, executable: (found.mode & 0o100) !== 0 };
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

/** The code of one of Node's errors (`ENOENT`), or "". */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
