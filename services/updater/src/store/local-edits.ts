import { dirname, join } from "node:path";
import { compareContent, contentFolder, isSame, type Differences } from "./contents.ts";
import type { FileSystem } from "./file-system.ts";
import { makeFolders } from "./folders.ts";
import type { ReleaseRecord } from "./releases.ts";

/** What somebody changed in an installed component, and where it was kept. */
export interface LocalEdit extends Differences {
  readonly component: string;
  readonly keptIn: string;
}

/** What programs leave beside their own files: nobody's work. */
const byproducts = /(^|\/)(__pycache__\/|\.DS_Store$|node_modules\/\.cache\/)|\.pyc$/;

/**
 * Finds what was changed by hand in the installed files and copies it to `edits/<release>/<component>`, so that
 * nothing a person did is lost (I8). What was kept before is not copied again.
 */
export async function keepLocalEdits(
  files: FileSystem,
  root: string,
  installed: ReleaseRecord,
): Promise<readonly LocalEdit[]> {
  const edits: LocalEdit[] = [];
  for (const [component, { stored }] of Object.entries(installed.components)) {
    const folder = contentFolder(root, component, stored);
    const found = await compareContent(files, folder);
    const differences = { ...found, added: found.added.filter((path) => !byproducts.test(path)) };
    if (isSame(differences)) continue;
    const keptIn = join(root, "edits", String(installed.release), component);
    for (const path of [...differences.changed, ...differences.added])
      await copy(files, join(folder, path), join(keptIn, path));
    edits.push({ component, keptIn, ...differences });
  }
  return edits;
}

async function copy(files: FileSystem, from: string, to: string): Promise<void> {
  await makeFolders(files, dirname(to));
  const standing = await files.look(from);
  if (standing?.kind === "link") {
    if ((await files.look(to)) === undefined) await files.link(to, await files.readLink(from));
  } else if (standing?.kind === "file") {
    await files.write(to, await files.read(from), standing.executable ? 0o755 : 0o644);
    await files.sync(to);
  }
}
