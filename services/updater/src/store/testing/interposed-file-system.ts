import type { FileSystem } from "../file-system.ts";

/** The operations that change something. */
export type Change = "makeFolder" | "write" | "append" | "link" | "rename" | "removeFile" | "removeFolder" | "sync";

/** A file system that calls `before` ahead of each change; what that throws is thrown instead of the operation. */
export function interpose(
  files: FileSystem,
  before: (operation: Change, path: string) => void | Promise<void>,
): FileSystem {
  const guarded = <Rest extends readonly unknown[]>(
    operation: Change,
    run: (path: string, ...rest: Rest) => Promise<void>,
  ) => {
    return async (path: string, ...rest: Rest): Promise<void> => {
      await before(operation, path);
      await run(path, ...rest);
    };
  };
  return {
    ...files,
    makeFolder: guarded("makeFolder", (path) => files.makeFolder(path)),
    write: guarded("write", (path, bytes: Uint8Array, mode: number) => files.write(path, bytes, mode)),
    append: guarded("append", (path, text: string) => files.append(path, text)),
    link: guarded("link", (path, target: string) => files.link(path, target)),
    rename: guarded("rename", (from, to: string) => files.rename(from, to)),
    removeFile: guarded("removeFile", (path) => files.removeFile(path)),
    removeFolder: guarded("removeFolder", (path) => files.removeFolder(path)),
    sync: guarded("sync", (path) => files.sync(path)),
  };
}
