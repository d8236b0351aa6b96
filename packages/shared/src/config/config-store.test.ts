import { mkdir, mkdtempDisposable, rename, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { memoryLog } from "../testing/memory-log.ts";
import { openConfig } from "./config-store.ts";

const route = (name: string) => `routes:
  ${name}:
    kind: catalog
    source: { url: https://models.example, categories: [a] }
    targets: { t: { repository: acme/web } }
`;

async function emptyFolder() {
  return mkdtempDisposable(join(tmpdir(), "lockstep-store-"));
}

test("a file that changes is taken up, and whoever listens is told once", async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, "lockstep.yaml");
  await writeFile(file, route("one"));
  const { log, lines } = memoryLog();
  using store = await openConfig(file, log);
  const seen: string[][] = [];
  store.onChange(() => seen.push([...store.current.routes.keys()]));

  await writeFile(file, route("two"));

  await vi.waitUntil(() => seen.length > 0);
  expect(seen).toEqual([["two"]]);
  expect(lines).toMatchObject([{ level: "info", msg: "configuration taken up", routes: 1 }]);
});

test("a file that is written again unchanged is no change", async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, "lockstep.yaml");
  await writeFile(file, route("one"));
  using store = await openConfig(file, memoryLog().log);
  const seen: string[] = [];
  store.onChange(() => seen.push([...store.current.routes.keys()].join()));

  await writeFile(file, `# a comment\n${route("one")}`);
  await writeFile(file, route("two"));

  await vi.waitUntil(() => seen.length > 0);
  expect(seen).toEqual(["two"]);
});

test("a link that is swapped, as Kubernetes does, is taken up", async () => {
  await using folder = await emptyFolder();
  const inFolder = (...names: string[]) => join(folder.path, ...names);
  for (const [version, name] of [
    ["..v1", "one"],
    ["..v2", "two"],
  ] as const) {
    await mkdir(inFolder(version));
    await writeFile(inFolder(version, "lockstep.yaml"), route(name));
  }
  await symlink("..v1", inFolder("..data"));
  await symlink("..data/lockstep.yaml", inFolder("lockstep.yaml"));
  using store = await openConfig(inFolder("lockstep.yaml"), memoryLog().log);
  expect([...store.current.routes.keys()]).toEqual(["one"]);

  await symlink("..v2", inFolder("..data_tmp"));
  await rename(inFolder("..data_tmp"), inFolder("..data"));

  await vi.waitUntil(() => [...store.current.routes.keys()].includes("two" as never));
});

test("a faulty file is refused with every fault, the old one stays, and the next right one is taken up", async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, "lockstep.yaml");
  await writeFile(file, route("one"));
  const { log, lines } = memoryLog();
  using store = await openConfig(file, log);

  await writeFile(file, "colour: blue\nshape: round\n");
  await vi.waitUntil(() => lines.length > 0);

  expect([...store.current.routes.keys()]).toEqual(["one"]);
  expect(lines).toMatchObject([
    {
      level: "error",
      msg: "new configuration refused, the old one stays",
      error: { code: "CONFIG_INVALID", message: expect.stringMatching(/:1 {2}colour: [^]*:2 {2}shape: /) },
    },
  ]);

  await writeFile(file, route("two"));
  await vi.waitUntil(() => [...store.current.routes.keys()].includes("two" as never));
});

test("a first file that is faulty or missing is an error with its code", async () => {
  await using folder = await emptyFolder();
  const file = join(folder.path, "lockstep.yaml");
  await writeFile(file, "colour: blue\n");

  await expect(openConfig(file, memoryLog().log)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await expect(openConfig(join(folder.path, "no", "file"), memoryLog().log)).rejects.toMatchObject({
    code: "CONFIG_UNREADABLE",
  });
});
