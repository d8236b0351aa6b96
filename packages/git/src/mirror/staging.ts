import { mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface StagingRefs {
  /** Full ref name → object. */
  readonly refs: ReadonlyMap<string, string>;
  /** `remote.<name>.*`. */
  readonly remote?: { readonly name: string; readonly url: string };
}

/**
 * A repository of a few files that lasts for one command: its own refs, the cache's objects. Git compares and walks the
 * refs it has, so one with the changed refs alone is faster than the cache by as much as it is smaller. Written by
 * hand, because `git init` and `update-ref` would be two processes more: https://git-scm.com/docs/gitrepository-layout.
 */
export async function createStaging(
  cacheFolder: string,
  { refs, remote }: StagingRefs,
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtempDisposable(join(cacheFolder, "staging-"));
  const { path } = folder;
  const objectFormat = [...refs.values()][0]?.length === 64 ? "[extensions]\n\tobjectformat = sha256\n" : "";
  const config = [
    `[core]\n\trepositoryformatversion = ${objectFormat === "" ? 0 : 1}\n\tbare = true\n`,
    objectFormat,
    remote === undefined
      ? ""
      : `[remote "${remote.name}"]\n\turl = ${JSON.stringify(remote.url)}\n\tfetch = +refs/*:refs/remotes/${remote.name}/*\n`,
  ];
  const lines = [...refs].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, oid]) => `${oid} ${name}\n`);
  await Promise.all([mkdir(join(path, "objects")), mkdir(join(path, "refs"))]);
  await Promise.all([
    writeFile(join(path, "HEAD"), "ref: refs/heads/none\n"),
    writeFile(join(path, "config"), config.join("")),
    writeFile(join(path, "packed-refs"), `# pack-refs with: sorted \n${lines.join("")}`),
  ]);
  return { path, [Symbol.asyncDispose]: () => folder.remove() };
}
