import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { expect, test } from "vitest";
import { startForge } from "./forge.ts";

const run = promisify(execFile);

test("a branch pushed by git becomes a pull request, follows the next push, and is merged", async () => {
  await using forge = await startForge();
  const { cloneUrl } = await forge.createRepository({ owner: "acme", name: "models", files: { "db.json": "{}\n" } });
  const octokit = new Octokit({ baseUrl: forge.apiUrl, auth: forge.token });
  const here = await mkdtemp(join(tmpdir(), "clone-"));
  const git = (...args: string[]) => run("git", ["-C", here, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
  const auth = `http.extraHeader=Authorization: Basic ${Buffer.from(`x-access-token:${forge.token}`).toString("base64")}`;
  await run("git", ["clone", "-q", cloneUrl, here]);
  await git("checkout", "-qb", "sync/models");
  await writeFile(join(here, "db.json"), "{ }\n");
  await git("commit", "-qam", "one");
  await git("-c", auth, "push", "-q", "origin", "sync/models");
  const where = { owner: "acme", repo: "models" };

  const { data: opened } = await octokit.pulls.create({ ...where, title: "One", head: "sync/models", base: "main" });
  await writeFile(join(here, "db.json"), "{  }\n");
  await git("commit", "-qam", "two");
  await git("-c", auth, "push", "-q", "origin", "sync/models");
  const { data: listed } = await octokit.pulls.list({ ...where, head: "acme:sync/models" });
  const { data: merged } = await octokit.pulls.merge({ ...where, pull_number: opened.number, merge_method: "squash" });
  const { data: after } = await octokit.pulls.get({ ...where, pull_number: opened.number });

  expect(opened).toMatchObject({ number: 1, state: "open", commits: 1, changed_files: 1 });
  expect(listed.map(({ head }) => head.sha)).toEqual([(await git("rev-parse", "HEAD")).stdout.trim()]);
  expect(after).toMatchObject({ merged: true, state: "closed", merge_commit_sha: merged.sha });
  expect((await forge.readFile("acme/models", "main", "db.json")).toString()).toBe("{  }\n");
  expect(forge.log.counts()).toMatchObject({ api: 4, apiWrites: 2, pushes: 2 });
  await rm(here, { recursive: true });
});
