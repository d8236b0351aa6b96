import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";

/** Everything an application would find below `current`: path → content, `-> target` for links, `#` marks executables. */
export async function readInstalled(root: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const visit = async (folder: string, below: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(below, entry.name);
      const place = join(folder, entry.name);
      if (below === "" && entry.isSymbolicLink()) await visit(`${place}/`, path);
      else if (entry.isDirectory()) await visit(place, path);
      else if (entry.isSymbolicLink()) found[path] = `-> ${await readlink(place)}`;
      else if (entry.name !== "version.json") found[path] = await readFile(place, "utf8");
    }
  };
  await visit(join(root, "current/"), "");
  return found;
}

/** The files of components under their names, as `readInstalled` shows them. */
export function asInstalled(
  components: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(components).flatMap(([name, files]) =>
      Object.entries(files).map(([path, content]) => [join(name, path), content]),
    ),
  );
}
