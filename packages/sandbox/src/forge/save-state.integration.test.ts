import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startForge } from "./forge.ts";
import { createScene, name } from "./testing/scene.ts";

test("a forge that is started again in its folder remembers everything", async () => {
  await using kept = await temporaryFolder();
  const { folder } = kept;
  const token = "ghp_kept";
  const first = await createScene({ folder, token });
  await first.openPull("sync");
  await first.octokit.issues.addLabels({ ...first.where, issue_number: 1, labels: ["kept"] });
  first.forge.protect(name, "main", { requirePullRequest: true });
  const [pull] = first.forge.pulls(name);
  const refs = first.forge.refs(name);
  await first[Symbol.asyncDispose]();

  await using again = await startForge({ folder, token });

  expect(again.pulls(name)).toEqual([pull]);
  expect(pull).toMatchObject({ labels: ["kept"] });
  expect(again.refs(name)).toEqual(refs);
  expect((await stat(join(folder, "state.json"))).mode & 0o777).toBe(0o600);
  expect(await again.merge(name, 1)).toMatch(/^[0-9a-f]{40}$/);
});

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-kept-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
