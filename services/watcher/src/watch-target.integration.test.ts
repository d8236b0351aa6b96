import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createGit, openServerRefs, tokenCredentials } from "@lockstep/git";
import { startForge, type Forge } from "@lockstep/sandbox";
import { Secret, type Bus } from "@lockstep/shared/runtime";
import { createTurns } from "./in-turn.ts";
import { changesOn } from "./publish-change.ts";
import { targetRefs } from "./target-refs.ts";
import { watchTarget } from "./watch-target.ts";
import { dyingBus } from "./testing/replica.ts";
import { causesOf } from "./testing/routes-of.ts";
import { clockFrom, configOf, memoryLog, startWorld, type Clock, type World } from "./testing/world.ts";

let world: World;
let forge: Forge;
beforeAll(async () => {
  [world, forge] = await Promise.all([startWorld(), startForge()]);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await forge.close();
});

const run = promisify(execFile);
let names = 0;
const intervalMs = 300_000;

interface Options {
  readonly clock?: Clock;
  readonly bus?: (bus: Bus) => Bus;
  readonly token?: string;
}

/** A repository of its own with a branch of ours and one of somebody else's. */
async function newTarget() {
  const name = `target-${(names += 1)}`;
  const repository = `acme/${name}`;
  await forge.createRepository({ owner: "acme", name, files: { "db.json": "{}\n" } });
  const config = configOf(`
github: { apiUrl: "${forge.apiUrl}" }
routes:
  ${name}:
    kind: catalog
    source: { url: http://127.0.0.1:9, categories: [text] }
    targets: { t: { repository: ${repository} } }
`);
  const [route] = config.current.routes.values();
  const target = route?.kind === "catalog" ? route.targets[0] : undefined;
  if (route?.kind !== "catalog" || target === undefined) throw new Error("the test's configuration is wrong");

  const watcher = async ({ clock = clockFrom(), bus = (one) => one, token = forge.token }: Options = {}) => {
    const connection = bus(await world.connect());
    const serverRefs = openServerRefs({ git: createGit() });
    onTestFinished(() => serverRefs[Symbol.asyncDispose]());
    const { log, lines } = memoryLog();
    const credentials = tokenCredentials(forge.url, new Secret(token));
    const watched = {
      bus: connection,
      changes: changesOn(connection),
      log,
      now: clock.now,
      inTurn: createTurns(),
      serverRefs,
      credentials,
      route,
      target,
      refs: targetRefs(route, target),
    };
    const look = () => watchTarget(watched, new AbortController().signal);
    const poll = () => {
      clock.advance(intervalMs * 1.1);
      return look();
    };
    return { clock, lines, look, poll };
  };
  return { name, repository, ours: `sync/${name}`, watcher };
}

async function changesOf(route: string) {
  await world.settle();
  return world.changes(route);
}

test("a merge, a person's commit on our branch, and its deletion are one change each", async () => {
  const { name, repository, ours, watcher } = await newTarget();
  const { look, poll } = await watcher();
  await look();
  await forge.commit(repository, { branch: ours, files: { "db.json": '{"a":1}\n' } });
  await poll();
  await forge.commit(repository, { branch: "main", files: { "db.json": '{"a":1}\n' } });
  await poll();
  await forge.deleteBranch(repository, ours);
  await poll();
  await poll();
  const changes = await changesOf(name);

  expect(changes).toMatchObject([1, 2, 3].map((ordinal) => ({ ordinal, trigger: { kind: "poll" } })));
  expect(new Set(changes.map(({ trigger }) => trigger.id)).size).toBe(3);
  expect(changes[0]?.trigger.id).toMatch(/^t:0:[0-9a-f]{32}$/);
});

test("branches of others and tags are nobody's business", async () => {
  const { name, repository, ours, watcher } = await newTarget();
  const { look, poll } = await watcher();
  await look();
  await forge.commit(repository, { branch: "feature", files: { "a.txt": "a" } });
  await forge.commit(repository, { branch: `${ours}-2`, files: { "a.txt": "a" } });
  await poll();

  expect(await changesOf(name)).toEqual([]);
});

test("a look is one question for refs: nothing is fetched, and the REST API is not called", async () => {
  const { repository, watcher } = await newTarget();
  const { look, poll } = await watcher();
  const since = Date.now();
  await look();
  await poll();

  expect(forge.log.calls(since)).toMatchObject([1, 2].map(() => ({ kind: "git", repository, command: "ls-refs" })));
});

test("replicas share a target: a look is one replica's, and a change is announced once", async () => {
  const { name, repository, watcher } = await newTarget();
  const clock = clockFrom();
  const replicas = await Promise.all([1, 2, 3].map(() => watcher({ clock })));
  await Promise.all(replicas.map(({ look }) => look()));
  const since = Date.now();
  for (let count = 1; count <= 4; count += 1) {
    await forge.commit(repository, { files: { "a.txt": String(count) } });
    clock.advance(intervalMs * 1.1);
    await Promise.all(replicas.map(({ look }) => look()));
  }

  expect((await changesOf(name)).map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4]);
  expect(forge.log.calls(since)).toHaveLength(4);
});

test("a restart neither repeats nor misses a change, even where a branch went back meanwhile", async () => {
  const { name, repository, watcher } = await newTarget();
  const { look, clock } = await watcher();
  await look();
  const seen = await forge.commit(repository, { files: { "a.txt": "1" } });
  const dying = await watcher({ clock, bus: (bus) => dyingBus(bus, 3) });
  await expect(dying.poll()).rejects.toThrow("killed");
  expect(await changesOf(name)).toHaveLength(1);

  const second = await watcher({ clock });
  await second.poll();
  expect(await changesOf(name)).toHaveLength(1);

  await forge.commit(repository, { files: { "a.txt": "2" } });
  const dyingToo = await watcher({ clock, bus: (bus) => dyingBus(bus, 3) });
  await expect(dyingToo.poll()).rejects.toThrow("killed");
  await run("git", ["update-ref", "refs/heads/main", seen], { cwd: forge.gitFolder(repository) });
  await (await watcher({ clock })).poll();
  await (await watcher({ clock })).poll();
  expect(await changesOf(name)).toHaveLength(3);
});

test("a target that cannot be looked at is tried ever less often, said once, and taken up again", async () => {
  const { name, repository, watcher } = await newTarget();
  const { look, lines, clock, poll } = await watcher();
  await look();
  const fault = forge.faults.add({
    path: `/${repository}.git/*`,
    times: "always",
    effect: { kind: "status", status: 503 },
  });
  const first = await poll();
  const firstWait = first.nextMs - clock.now();
  clock.advance(firstWait);
  const second = await look();
  const secondWait = second.nextMs - clock.now();
  await forge.commit(repository, { files: { "a.txt": "1" } });
  forge.faults.remove(fault.id);
  clock.advance(secondWait);
  const third = await look();

  expect([first.isFailing, second.isFailing, third.isFailing]).toEqual([true, true, false]);
  expect(secondWait).toBeGreaterThan(firstWait);
  const told = lines.filter(({ level }) => level === "warn");
  expect(told).toMatchObject([{ msg: "target cannot be looked at", target: "t", code: "GIT_SERVER_ERROR" }]);
  expect(lines).toContainEqual(expect.objectContaining({ msg: "target is back" }));
  expect(await causesOf(world, name)).toHaveLength(1);
});

test("a credential that is refused is told without being shown (I9)", async () => {
  const { watcher } = await newTarget();
  const token = "ghp_not_the_right_token_0123456789";
  const { look, lines } = await watcher({ token });

  expect((await look()).isFailing).toBe(true);
  expect(lines).toMatchObject([{ msg: "target cannot be looked at", code: expect.stringMatching(/^GIT_/) }]);
  expect(JSON.stringify(lines)).not.toContain(token);
});
