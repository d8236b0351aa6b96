import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { FileSystem } from "../file-system.ts";

/** What a disk holds of a file, a link or a folder; a folder is a map of names to what they stand for. */
type Node =
  | { readonly kind: "file"; bytes: Buffer; synced: Buffer; readonly mode: number }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder"; names: Map<string, Node>; synced: Map<string, Node> };
type Folder = Extract<Node, { kind: "folder" }>;

/** A change that was made, to be made again on a model of the disk. Paths are lists of names. */
type Recorded =
  | { readonly kind: "folder" | "remove" | "sync"; readonly path: Path }
  | { readonly kind: "write"; readonly path: Path; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: "append"; readonly path: Path; readonly text: string }
  | { readonly kind: "link"; readonly path: Path; readonly target: string }
  | { readonly kind: "rename"; readonly path: Path; readonly to: Path };
type Path = readonly string[];

/** A file system that notes each change once it is made. */
export function recordChanges(files: FileSystem, root: string) {
  const changes: Recorded[] = [];
  const at = (path: string) =>
    relative(root, path)
      .split("/")
      .filter((name) => name !== "");
  const note = async (done: Promise<void>, change: Recorded) => {
    await done;
    changes.push(change);
  };
  const recording: FileSystem = {
    ...files,
    makeFolder: (path) => note(files.makeFolder(path), { kind: "folder", path: at(path) }),
    write: (path, bytes, mode) =>
      note(files.write(path, bytes, mode), { kind: "write", path: at(path), bytes: Buffer.from(bytes), mode }),
    append: (path, text) => note(files.append(path, text), { kind: "append", path: at(path), text }),
    link: (path, target) => note(files.link(path, target), { kind: "link", path: at(path), target }),
    rename: (from, to) => note(files.rename(from, to), { kind: "rename", path: at(from), to: at(to) }),
    removeFile: (path) => note(files.removeFile(path), { kind: "remove", path: at(path) }),
    removeFolder: (path) => note(files.removeFolder(path), { kind: "remove", path: at(path) }),
    sync: (path) => note(files.sync(path), { kind: "sync", path: at(path) }),
  };
  return { files: recording, changes, snapshot: () => readFolder(root) };
}

function makeChange(disk: Folder, change: Recorded): void {
  const node = find(disk, change.path);
  switch (change.kind) {
    case "folder":
      return node === undefined ? put(disk, change.path, emptyFolder()) : undefined;
    case "write":
      return put(disk, change.path, { ...change, kind: "file", synced: Buffer.alloc(0) });
    case "append":
      if (node?.kind === "file") node.bytes = Buffer.concat([node.bytes, Buffer.from(change.text)]);
      return;
    case "link":
      return put(disk, change.path, { kind: "link", target: change.target });
    case "rename":
      folderOf(disk, change.path).names.delete(change.path.at(-1) ?? "");
      return node === undefined ? undefined : put(disk, change.to, node);
    case "remove":
      folderOf(disk, change.path).names.delete(change.path.at(-1) ?? "");
      return;
    case "sync":
      if (node?.kind === "file") node.synced = node.bytes;
      if (node?.kind === "folder") node.synced = new Map(node.names);
  }
}

interface PowerLoss {
  readonly disk: () => Folder;
  /** What had been done when the power went. */
  readonly changes: readonly Recorded[];
  readonly dropped: "names that were not synced" | "bytes that were not synced";
}

/** Writes what the disk holds after the power is back to a new folder. */
export async function afterPowerLoss(root: string, { disk, changes, dropped }: PowerLoss): Promise<void> {
  const model = disk();
  for (const change of changes) makeChange(model, change);
  await writeFolder(root, model, dropped === "names that were not synced");
}

async function writeFolder(path: string, folder: Folder, dropNames: boolean): Promise<void> {
  await mkdir(path, { recursive: true });
  for (const [name, node] of dropNames ? folder.synced : folder.names) {
    const place = join(path, name);
    if (node.kind === "folder") await writeFolder(place, node, dropNames);
    else if (node.kind === "link") await symlink(node.target, place);
    // The kernel may have written bytes that nobody asked it to; the worst is that it did not.
    else await writeFile(place, node.synced, { mode: node.mode });
  }
}

async function readFolder(path: string): Promise<() => Folder> {
  const read = async (folder: string): Promise<() => Folder> => {
    const nodes = await Promise.all(
      (await readdir(folder)).map(async (name): Promise<[string, () => Node]> => {
        const place = join(folder, name);
        const found = await lstat(place);
        if (found.isDirectory()) return [name, await read(place)];
        if (found.isSymbolicLink()) {
          const target = await readlink(place);
          return [name, () => ({ kind: "link", target })];
        }
        const bytes = await readFile(place);
        return [name, () => ({ kind: "file", bytes, synced: bytes, mode: found.mode & 0o777 })];
      }),
    );
    return () => {
      const names = new Map(nodes.map(([name, make]) => [name, make()]));
      return { kind: "folder", names, synced: new Map(names) };
    };
  };
  return read(path);
}

const emptyFolder = (): Folder => ({ kind: "folder", names: new Map(), synced: new Map() });

function find(disk: Folder, path: Path): Node | undefined {
  return path.reduce<Node | undefined>(
    (node, name) => (node?.kind === "folder" ? node.names.get(name) : undefined),
    disk,
  );
}

function put(disk: Folder, path: Path, node: Node): void {
  folderOf(disk, path).names.set(path.at(-1) ?? "", node);
}

function folderOf(disk: Folder, path: Path): Folder {
  const folder = find(disk, path.slice(0, -1));
  if (folder?.kind !== "folder") throw new Error(`no folder for ${path.join("/")}`);
  return folder;
}
