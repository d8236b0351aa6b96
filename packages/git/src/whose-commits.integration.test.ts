import { expect, test } from "vitest";
import type { BranchOwnership } from "./repository.ts";
import { bot, createWorld, plan, soon, type World } from "./testing/world.ts";

const asBot = {
  GIT_AUTHOR_NAME: bot.name,
  GIT_AUTHOR_EMAIL: bot.email,
  GIT_COMMITTER_NAME: bot.name,
  GIT_COMMITTER_EMAIL: bot.email,
};

/** A world where we pushed `sync/a` and a person has checked it out. */
async function ourBranch(): Promise<World & { readonly pushed: string }> {
  const world = await createWorld({ "db.json": "{}\n", "other.txt": "1\n2\n3\n4\n5\n6\n7\n8\n" });
  const pushed = await world.cache.use(world.remote, soon(), async (repository) => {
    const { base } = await repository.fetchBase("main");
    const { commit } = await repository.writeCommit(plan(base, "db.json", '{"a":1}\n'));
    await repository.push({ branch: "sync/a", commit, lease: undefined });
    return commit;
  });
  await world.person.git(["fetch", "--quiet", "origin"]);
  await world.person.git(["checkout", "--quiet", "sync/a"]);
  return Object.assign(world, { pushed });
}

/** The base moves on by a person's hand, in another file; the person stands on our branch again. */
async function moveBase({ person }: World): Promise<void> {
  await person.git(["checkout", "--quiet", "main"]);
  await person.commit({ "other.txt": "1\n2\n3\n4\n5\n6\n7\n8 of main\n" }, "Work on main");
  await person.git(["checkout", "--quiet", "sync/a"]);
}

function forcePush({ person }: World): Promise<string> {
  return person.git(["push", "--quiet", "--force", "origin", "HEAD"]);
}

interface Verdict {
  readonly verdict: BranchOwnership;
  /** Fetches after the first. */
  readonly fetches: number;
}

function judge(world: World, recorded?: string): Promise<Verdict> {
  return world.cache.use(world.remote, soon(), async (repository) => {
    const { base, others } = await repository.fetchBase("main", ["sync/a"]);
    const isFetch = ({ path }: { path: string }) => path.includes("info/refs");
    const before = world.server.requests.filter(isFetch).length;
    const verdict = await repository.whoseCommits({ base, head: others.get("sync/a") ?? "", recorded });
    return { verdict, fetches: world.server.requests.filter(isFetch).length - before };
  });
}

const ours = (because: string, fetches: number) => ({ verdict: { kind: "ours", because }, fetches });
const foreign = (because: string) => ({ verdict: expect.objectContaining({ kind: "foreign", because }) });

test("ours untouched: known by the record, and without it by what it says of itself", async () => {
  await using world = await ourBranch();
  expect(await judge(world, world.pushed)).toEqual(ours("recorded-head", 0));
  expect(await judge(world)).toEqual(ours("own-commit", 0));
});

test("an amend under the bot's identity is a person's", async () => {
  await using world = await ourBranch();
  await world.person.git(["rm", "--quiet", "other.txt"]);
  await world.person.git(["commit", "--quiet", "--amend", "--no-edit"], asBot);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toMatchObject(foreign("content-differs"));
});

test("a foreign commit under the bot's identity is a person's", async () => {
  await using world = await ourBranch();
  await world.person.git(["commit", "--quiet", "--allow-empty", "--message", "Sync models"], asBot);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toMatchObject(foreign("no-trailer"));
});

test("a person's commit on top is a person's", async () => {
  await using world = await ourBranch();
  const theirs = await world.person.commit({ "db.json": '{"a":2}\n' });
  expect((await judge(world, world.pushed)).verdict).toEqual({
    kind: "foreign",
    commit: theirs,
    because: "no-trailer",
  });
});

test('"Update branch", a merge of the base, leaves it ours', async () => {
  await using world = await ourBranch();
  await moveBase(world);
  await world.person.git(["merge", "--quiet", "--no-edit", "main"]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toEqual(ours("own-history", 1));
});

test("a merge of changes to the same file, which needs its content, leaves it ours too", async () => {
  await using world = await ourBranch();
  await world.cache.use(world.remote, soon(), async (repository) => {
    const { base, others } = await repository.fetchBase("main", ["sync/a"]);
    const { commit } = await repository.writeCommit(plan(base, "other.txt", "1 of ours\n2\n3\n4\n5\n6\n7\n8\n"));
    await repository.push({ branch: "sync/a", commit, lease: others.get("sync/a") });
  });
  await world.person.git(["fetch", "--quiet", "origin"]);
  await world.person.git(["reset", "--quiet", "--hard", "origin/sync/a"]);
  await moveBase(world);
  await world.person.git(["merge", "--quiet", "--no-edit", "main"]);
  await forcePush(world);
  expect((await judge(world)).verdict).toEqual({ kind: "ours", because: "own-history" });
});

test("a merge with an edit of its own is a person's", async () => {
  await using world = await ourBranch();
  await moveBase(world);
  await world.person.git(["merge", "--quiet", "--no-commit", "main"]);
  await world.person.commit({ "db.json": '{"a":3}\n' }, "Merge branch 'main' into sync/a");
  expect(await judge(world, world.pushed)).toMatchObject(foreign("merge-edited"));
});

test("a merge whose conflict a person resolved is a person's", async () => {
  await using world = await ourBranch();
  await world.person.git(["checkout", "--quiet", "main"]);
  await world.person.commit({ "db.json": '{"a":9}\n' });
  await world.person.git(["checkout", "--quiet", "sync/a"]);
  await world.person.git(["merge", "--quiet", "--strategy-option=ours", "--no-edit", "main"]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toMatchObject(foreign("merge-edited"));
});

test("rebased by a person it does the same, and is ours", async () => {
  await using world = await ourBranch();
  await moveBase(world);
  await world.person.git(["rebase", "--quiet", "main"]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toEqual(ours("own-commit", 0));
});

test("our commit cherry-picked elsewhere is ours; another cherry-picked onto it is not", async () => {
  await using world = await ourBranch();
  await moveBase(world);
  await world.person.git(["reset", "--quiet", "--hard", "main"]);
  await world.person.git(["cherry-pick", "-x", world.pushed]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toEqual(ours("own-commit", 0));

  await world.person.git(["checkout", "--quiet", "-B", "sync/a", world.pushed]);
  await world.person.git(["cherry-pick", "main"]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toMatchObject(foreign("no-trailer"));
});

test("a squash of ours with a person's commit is a person's, whatever its message says", async () => {
  await using world = await ourBranch();
  const message = await world.person.git(["log", "-1", "--format=%B"]);
  await world.person.commit({ "db.json": '{"a":4}\n' }, "Correct a value");
  await world.person.git(["reset", "--quiet", "--soft", "main"]);
  await world.person.git(["commit", "--quiet", "--message", `${message}\n`]);
  await forcePush(world);
  expect(await judge(world, world.pushed)).toMatchObject(foreign("content-differs"));
});

test("a base that moved on leaves it ours, at the price of one deepening fetch", async () => {
  await using world = await ourBranch();
  await moveBase(world);
  expect(await judge(world, world.pushed)).toEqual(ours("recorded-head", 0));
  expect(await judge(world)).toEqual(ours("own-commit", 1));
});

test("a branch begun anew, without the base's history, is a person's", async () => {
  await using world = await ourBranch();
  await world.person.git(["checkout", "--quiet", "--orphan", "new"]);
  await world.person.git(["commit", "--quiet", "--message", "Begin again"]);
  await world.person.git(["push", "--quiet", "--force", "origin", "new:sync/a"]);
  expect(await judge(world)).toMatchObject(foreign("unrelated-history"));
});

test("a base that is too far ahead to be met is not guessed about", async () => {
  await using world = await ourBranch();
  await world.person.git(["checkout", "--quiet", "main"]);
  await manyCommits(world, 120);
  await world.person.git(["checkout", "--quiet", "-B", "sync/a"]);
  await world.person.git(["cherry-pick", world.pushed]);
  await forcePush(world);
  await world.person.git(["checkout", "--quiet", "main"]);
  await manyCommits(world, 120);

  expect(await judge(world)).toMatchObject({ ...foreign("unrelated-history"), fetches: 1 });
});

/** Empty commits on main, pushed. */
async function manyCommits({ person }: World, count: number): Promise<void> {
  const commit = "printf 'commit refs/heads/main\\ncommitter P <p@x> 1700000%03d +0000\\ndata 1\\nx\\n' $i";
  const stream = `printf 'reset refs/heads/main\\nfrom refs/heads/main^0\\n\\n'; for i in $(seq ${count}); do ${commit}; done`;
  await person.git(["-c", `alias.many=!f() { { ${stream}; } | git fast-import --quiet; }; f`, "many"]);
  await person.git(["push", "--quiet", "origin", "main"]);
}
