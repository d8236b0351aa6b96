import { expect, test } from "vitest";
import { createScene, name } from "./testing/scene.ts";

const body =
  "<!-- marker -->\n## Counts\n\n<details><summary>more</summary>\n\n`x`\n\n</details>\n\n<script>alert(1)</script>";

test("a person finds a pull request, reads it and merges it", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await forge.commit(name, { branch: "sync/a", files: { "db.json": "<b>new</b>\n" } });
  await octokit.pulls.create({ ...where, title: "Sync <a>", head: "sync/a", base: "main", body });
  const read = async (path: string) => await (await fetch(`${forge.url}${path}`)).text();

  expect(await read("/")).toContain(`<a href="/${name}">${name}</a> <small>1 open pull request</small>`);
  expect(await read(`/${name}`)).toContain(`<a href="/${name}/blob/main/db.json">db.json</a>`);
  expect(await read(`/${name}/pulls`)).toContain("Sync &lt;a&gt;");
  expect(await read(`/${name}/blob/sync/a/db.json`)).toContain("&lt;b&gt;new&lt;/b&gt;");
  const page = await read(`/${name}/pull/1`);
  expect(page).toContain("<h2>Counts</h2>");
  expect(page).toMatch(/<details><summary>more<\/summary>\s*<p><code>x<\/code><\/p>\s*<\/details>/);
  expect(page).toContain('<span class="add">+&lt;b&gt;new&lt;/b&gt;</span>');
  expect(page).not.toMatch(/marker|<script/);
  expect(await read(`/${name}/pull/1.diff`)).toContain("+<b>new</b>");

  const form = new URLSearchParams({ method: "squash" });
  const merged = await fetch(`${forge.url}/${name}/pull/1/merge`, { method: "POST", body: form, redirect: "manual" });
  expect([merged.status, merged.headers.get("location")]).toEqual([303, `/${name}/pull/1`]);
  expect(forge.pulls(name)).toMatchObject([{ mergedBy: "mona" }]);
  expect(await read(`/${name}/pull/1`)).toContain('<span class="badge merged">merged</span>');
});

test("the buttons close and reopen, and say what GitHub would say where they cannot", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await scene.openPull("sync");
  const press = (button: string, headers: Record<string, string> = {}) =>
    fetch(`${forge.url}/${name}/pull/1/${button}`, { method: "POST", body: new URLSearchParams(), headers });

  await press("close");
  expect(forge.pulls(name)).toMatchObject([{ state: "closed" }]);
  await press("reopen");
  expect(forge.pulls(name)).toMatchObject([{ state: "open" }]);
  expect((await press("close", { "sec-fetch-site": "cross-site" })).status).toBe(403);
  await forge.deleteBranch(name, "sync");
  const refused = await press("reopen");
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain("The sync branch has been deleted.");
  expect((await fetch(`${forge.url}/acme/none`)).status).toBe(404);
});
