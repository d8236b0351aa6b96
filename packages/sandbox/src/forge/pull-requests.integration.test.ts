import { expect, test } from "vitest";
import { createScene, name, refusal } from "./testing/scene.ts";

const custom = (message: string) => ({ resource: "PullRequest", code: "custom", message });

test("a second pull request for the same branches is refused, also when both are asked for at once", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await forge.commit(name, { branch: "sync", files: { a: "1" } });
  const create = () => octokit.pulls.create({ ...where, title: "A", head: "sync", base: "main" });

  const both = await Promise.allSettled([create(), create()]);
  const refused = await refusal(create());

  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  expect(refused).toMatchObject({ status: 422, message: "Validation Failed" });
  expect(refused.errors).toEqual([custom("A pull request already exists for acme:sync.")]);
  expect(forge.pulls(name)).toHaveLength(1);
});

test("what cannot be a pull request is refused in GitHub's words", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await forge.commit(name, { branch: "sync", files: { a: "1" } });
  await octokit.git.createRef({ ...where, ref: "refs/heads/same", sha: forge.refs(name).get("refs/heads/main") ?? "" });
  const create = (more: object) =>
    refusal(octokit.pulls.create({ ...where, title: "A", head: "sync", base: "main", ...more }));

  expect((await create({ head: "gone" })).errors).toEqual([
    { resource: "PullRequest", field: "head", code: "invalid" },
  ]);
  expect((await create({ base: "gone" })).errors).toEqual([
    { resource: "PullRequest", field: "base", code: "invalid" },
  ]);
  expect((await create({ head: "same" })).errors).toEqual([custom("No commits between main and same")]);
  expect((await create({ body: "x".repeat(65_537) })).errors).toMatchObject([
    { field: "body", message: "body is too long (maximum is 65536 characters)" },
  ]);
  expect((await create({ title: "" })).errors).toEqual([{ resource: "Issue", code: "missing_field", field: "title" }]);
  expect(await create({ draft: "maybe" })).toMatchObject({ status: 422 });
  expect(forge.pulls(name)).toEqual([]);
});

test("a body of exactly 65,536 characters is taken", async () => {
  await using scene = await createScene();
  const { octokit, where } = scene;
  const number = await scene.openPull("sync");

  const { data } = await octokit.pulls.update({ ...where, pull_number: number, body: "é".repeat(65_536) });

  expect(data.body).toHaveLength(65_536);
});

test("pull requests are listed by head, base and state, sorted, in pages with links", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  for (const branch of ["a", "b", "c"]) await scene.openPull(branch);
  await forge.closePull(name, 2);
  const list = async (more: object) => {
    const { data, headers } = await octokit.pulls.list({ ...where, ...more });
    return { numbers: data.map(({ number }) => number), link: headers.link };
  };

  expect((await list({})).numbers).toEqual([3, 1]);
  expect((await list({ head: "acme:c" })).numbers).toEqual([3]);
  expect((await list({ head: "somebody:c" })).numbers).toEqual([]);
  expect((await list({ state: "closed" })).numbers).toEqual([2]);
  expect((await list({ state: "all", base: "other" })).numbers).toEqual([]);
  expect((await list({ state: "all", sort: "created", direction: "asc" })).numbers).toEqual([1, 2, 3]);
  const second = await list({ state: "all", per_page: 1, page: 2 });
  expect(second.numbers).toEqual([2]);
  expect(second.link).toContain(`state=all&per_page=1&page=3>; rel="next"`);
  expect(await octokit.paginate(octokit.pulls.list, { ...where, state: "all", per_page: 2 })).toHaveLength(3);
});

test.for(["merge", "squash", "rebase"] as const)("a %s lands as real commits on the base branch", async (method) => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  const number = await scene.openPull("sync");
  await forge.commit(name, { branch: "sync", files: { second: "2" }, message: "second" });
  await forge.commit(name, { files: { meanwhile: "3" }, message: "meanwhile" });
  const { data: before } = await octokit.pulls.get({ ...where, pull_number: number });

  const { data } = await octokit.pulls.merge({ ...where, pull_number: number, merge_method: method });

  const commits = await forge.history(name, "main");
  const subjects = commits.map(({ message }) => message.split("\n")[0]);
  const expected = {
    merge: ["Merge pull request #1 from acme/sync", "Change sync.txt", "second", "meanwhile", "Begin"],
    squash: ["sync (#1)", "meanwhile", "Begin"],
    rebase: ["second", "Change sync.txt", "meanwhile", "Begin"],
  };
  expect(before).toMatchObject({ mergeable: true, mergeable_state: "clean", commits: 2, changed_files: 2 });
  expect(new Set(subjects)).toEqual(new Set(expected[method]));
  expect(subjects[0]).toBe(expected[method][0]);
  expect(commits[0]?.sha).toBe(data.sha);
  for (const path of ["sync.txt", "second", "meanwhile"]) await forge.readFile(name, "main", path);
  expect(forge.pulls(name)[0]).toMatchObject({ state: "closed", mergedBy: "lockstep-bot", mergeCommitSha: data.sha });
});

test("what conflicts is not mergeable, and merging it is refused", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await forge.commit(name, { branch: "sync", files: { "db.json": "theirs" } });
  await octokit.pulls.create({ ...where, title: "A", head: "sync", base: "main" });
  await forge.commit(name, { files: { "db.json": "ours" } });

  const { data } = await octokit.pulls.get({ ...where, pull_number: 1 });
  const merge = (merge_method: "merge" | "rebase") => octokit.pulls.merge({ ...where, pull_number: 1, merge_method });

  expect(data).toMatchObject({ mergeable: false, mergeable_state: "dirty" });
  expect(await refusal(merge("merge"))).toMatchObject({ status: 405, message: "Pull Request is not mergeable" });
  expect(await refusal(merge("rebase"))).toMatchObject({ status: 405 });
});

test("a merge is refused where its way is switched off or the head moved", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await scene.openPull("sync");
  forge.configure(name, { allowSquashMerge: false });
  const merge = (more: object) => refusal(octokit.pulls.merge({ ...where, pull_number: 1, ...more }));

  expect(await merge({ merge_method: "squash" })).toMatchObject({
    status: 405,
    message: "Squash merges are not allowed on this repository.",
  });
  expect(await merge({ sha: "0".repeat(40) })).toMatchObject({
    status: 409,
    message: "Head branch was modified. Review and try the merge again.",
  });
});

test("a pull request whose commits are pushed to the base is merged by that", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  await scene.openPull("sync");

  await forge.commit(name, { from: "refs/heads/sync", files: { more: "1" } });

  expect(forge.pulls(name)).toMatchObject([{ state: "closed", mergedBy: "mona" }]);
});

test("deleting the branch, or moving it to the base, closes the pull request unmerged", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await scene.openPull("gone");
  await scene.openPull("moved");
  const main = forge.refs(name).get("refs/heads/main") ?? "";

  await octokit.git.deleteRef({ ...where, ref: "heads/gone" });
  await octokit.git.updateRef({ ...where, ref: "heads/moved", sha: main, force: true });

  expect(forge.pulls(name).map(({ state, mergedAt }) => [state, mergedAt])).toEqual([
    ["closed", null],
    ["closed", null],
  ]);
});

test("a closed pull request is reopened only while its branch still holds its commit", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  const number = await scene.openPull("sync");
  const head = forge.refs(name).get("refs/heads/sync") ?? "";
  await octokit.git.deleteRef({ ...where, ref: "heads/sync" });
  const reopen = () => octokit.pulls.update({ ...where, pull_number: number, state: "open" });
  const words = async () => (await refusal(reopen())).errors;

  expect(await words()).toMatchObject([{ message: "state cannot be changed. The sync branch has been deleted." }]);
  await forge.commit(name, { branch: "sync", files: { other: "1" } });
  expect(await words()).toMatchObject([
    { message: "state cannot be changed. The sync branch was force-pushed or recreated." },
  ]);
  await octokit.git.updateRef({ ...where, ref: "heads/sync", sha: head, force: true });
  expect((await reopen()).data).toMatchObject({ state: "open", number, closed_at: null });
});

test("a merged pull request stays closed", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  await scene.openPull("sync");
  await forge.merge(name, 1);

  const refused = await refusal(octokit.pulls.update({ ...where, pull_number: 1, state: "open" }));

  expect(refused).toMatchObject({ status: 422, message: "Validation Failed" });
});

test("a pull request is retargeted, retitled and closed in one call", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  await scene.openPull("sync");
  await forge.commit(name, { branch: "release", files: { r: "1" } });

  const changes = { title: "New", body: "text", base: "release", state: "closed" } as const;
  const { data } = await octokit.pulls.update({ ...where, pull_number: 1, ...changes });

  expect(data).toMatchObject({ title: "New", body: "text", base: { ref: "release" }, state: "closed" });
});

test("the Update branch button merges the base into the branch", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  await scene.openPull("sync");
  const main = await forge.commit(name, { files: { meanwhile: "1" } });

  await octokit.pulls.updateBranch({ ...where, pull_number: 1 });

  const [merge] = await forge.history(name, "sync");
  expect(merge).toMatchObject({ message: "Merge branch 'main' into sync" });
  expect(merge?.parents[1]).toBe(main);
  expect(forge.pulls(name)[0]?.headSha).toBe(merge?.sha);
});

test("a pull request from a fork has the fork's label and follows its branch", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  await forge.createRepository({ owner: "stranger", name: "models", forkOf: name });
  await forge.commit("stranger/models", { branch: "sync/models", files: { theirs: "1" } });

  const { data } = await octokit.pulls.create({ ...where, title: "T", head: "stranger:sync/models", base: "main" });
  const head = await forge.commit("stranger/models", { branch: "sync/models", files: { theirs: "2" } });

  expect(data.head).toMatchObject({ label: "stranger:sync/models", repo: { full_name: "stranger/models" } });
  expect(forge.pulls(name)).toMatchObject([{ headSha: head }]);
  expect(forge.refs(name).get("refs/pull/1/head")).toBe(head);
  await forge.merge(name, 1, { method: "squash" });
  expect((await forge.readFile(name, "main", "theirs")).toString()).toBe("2");
});

test("commits and files of a pull request are listed", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  await scene.openPull("sync");
  await forge.commit(name, { branch: "sync", files: { "db.json": null, "sub dir/ä.json": "1\n2\n" }, message: "more" });

  const { data: commits } = await octokit.pulls.listCommits({ ...where, pull_number: 1 });
  const { data: files } = await octokit.pulls.listFiles({ ...where, pull_number: 1 });

  expect(commits.map(({ commit }) => commit.message)).toEqual(["Change sync.txt", "more"]);
  expect(files.map(({ filename, status, additions, deletions }) => [filename, status, additions, deletions])).toEqual([
    ["db.json", "removed", 0, 1],
    ["sub dir/ä.json", "added", 2, 0],
    ["sync.txt", "added", 1, 0],
  ]);
});
