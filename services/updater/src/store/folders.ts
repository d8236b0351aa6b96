import { dirname, join } from "node:path";
import type { FileSystem } from "./file-system.ts";

/** Makes the folder and those above it as far as they are missing, each durable in its parent. */
export async function makeFolders(files: FileSystem, path: string): Promise<void> {
  if ((await files.look(path))?.kind === "folder") return;
  await makeFolders(files, dirname(path));
  await files.makeFolder(path);
  await files.sync(dirname(path));
}

/** Removes whatever stands at the path, one operation at a time; nothing there is fine. Links are not followed. */
export async function removeTree(files: FileSystem, path: string): Promise<void> {
  const found = await files.look(path);
  if (found === undefined) return;
  if (found.kind !== "folder") return files.removeFile(path);
  for (const name of await files.list(path)) await removeTree(files, join(path, name));
  await files.removeFolder(path);
}

/** Every file and link below a folder, relative to it, in the order of their paths. */
export async function listTree(files: FileSystem, folder: string, below = ""): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of [...(await files.list(join(folder, below)))].sort()) {
    const path = below === "" ? name : `${below}/${name}`;
    const standing = await files.look(join(folder, path));
    if (standing?.kind === "folder") found.push(...(await listTree(files, folder, path)));
    else if (standing !== undefined) found.push(path);
  }
  return found;
}

/** Replaces a file in one step: whoever reads it finds the old bytes or the new ones, after any crash. */
export async function replaceFile(files: FileSystem, path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await files.write(fresh, Buffer.from(text), 0o644);
  await files.sync(fresh);
  await files.rename(fresh, path);
  await files.sync(dirname(path));
}
