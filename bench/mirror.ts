import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createGit, tokenCredentials } from "@lockstep/git";
import { digestRefs } from "@lockstep/git/mirror";
import { serverToken, startGitServer, type GitServer } from "@lockstep/git/testing";
import { connectBus, createLog, Secret } from "@lockstep/shared/runtime";
import { startNatsServer } from "@lockstep/nats-server";
import {
  branchName,
  changeBranches,
  copyRepository,
  deliverGeneric,
  deliverPush,
  fillRepository,
  freePort,
  git,
  writeMirrorConfig,
} from "./support/mirror-world.ts";
import { followOutcomes, type Outcomes } from "./support/outcomes.ts";
import { startServices } from "./support/start-services.ts";

const cases = [
  { name: "no change", changed: 0, runs: 5, target: 0.1 },
  { name: "1 changed, told by a webhook", changed: 1, runs: 5, target: 0.5 },
  { name: "100 changed", changed: 100, runs: 3, target: 0.7 },
  { name: "1,000 changed", changed: 1000, runs: 1, target: 0.9 },
] as const;

/**
 * The running services beside `git fetch --prune` and `git push --mirror`, from the same source over the same server to
 * a destination each. Ours is the time from the webhook's delivery to the outcome on the bus; with no change, a poll.
 */
export async function run({ args }: { args: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { refs: { type: "string" } } });
  const refs = Number(values.refs ?? 55_000);
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-mirror-bench-"));
  await using server = await startGitServer();
  for (const name of ["source", "ours", "gits"]) await server.createRepository(`bench/${name}`);
  const source = join(server.root, "bench/source.git");
  await fillRepository(source, refs);
  for (const copy of ["ours", "gits"]) await copyRepository(server, "bench/source", `bench/${copy}`);
  const url = (name: string) => `${server.origin}/bench/${name}.git`;
  await git(folder.path, "clone", "--quiet", "--mirror", url("source"), "clone.git");
  const port = await freePort();
  const config = join(folder.path, "lockstep.yaml");
  await writeMirrorConfig(config, { port, routes: { bench: { source: url("source"), copy: url("ours") } } });
  await using nats = await startNatsServer({ durable: true });
  await using _services = startServices(["run", "watcher", "comparator", "publisher", "--provision"], {
    config,
    natsUrl: nats.url,
    folder: folder.path,
  });
  const log = createLog("bench", process.stderr);
  log.level = "warn";
  const signal = new AbortController().signal;
  await using bus = await connectBus({ nats: { servers: nats.url }, source: "lockstep/bench", log, signal });
  await provisioned(() => bus.eventsCreated());
  using outcomes = followOutcomes(bus);
  await outcomes.covering("bench", 1);
  const world = {
    server,
    source,
    url,
    hooks: `http://127.0.0.1:${port}`,
    clone: join(folder.path, "clone.git"),
    outcomes,
  };
  await measureOurs(world, { changed: 1, stamp: 1 });
  await measureGit(world);
  for (const [index, one] of cases.entries()) await measureCase(world, { ...one, refs, stamp: 100 * (index + 1) });
  await verify(world);
}

interface World {
  readonly server: GitServer;
  readonly source: string;
  readonly url: (name: string) => string;
  readonly hooks: string;
  readonly clone: string;
  readonly outcomes: Outcomes;
}

type Case = (typeof cases)[number] & { readonly refs: number; readonly stamp: number };

async function measureCase(world: World, { name, changed, runs, target, refs, stamp }: Case): Promise<void> {
  const ours: Measured[] = [];
  const gits: Measured[] = [];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await (changed === 0 ? measurePoll(world) : measureOurs(world, { changed, stamp: stamp + run })));
    gits.push(await measureGit(world));
  }
  const [one, other] = [median(ours), median(gits)];
  const ratio = Math.round((one.ms / other.ms) * 1000) / 1000;
  const bytes = { ours_bytes: one.bytes, git_bytes: other.bytes };
  const figures = { ours_ms: Math.round(one.ms), git_ms: Math.round(other.ms), ratio, ...bytes };
  process.stdout.write(
    `${JSON.stringify({ benchmark: "mirror", case: name, refs, runs, ...figures, target, met: ratio <= target })}\n`,
  );
}

interface Measured {
  readonly ms: number;
  readonly bytes: number;
}

async function measure({ server }: World, work: () => Promise<unknown>): Promise<Measured> {
  const bytes = () => server.bytesSent() + server.bytesReceived();
  const before = bytes();
  const started = performance.now();
  await work();
  return { ms: performance.now() - started, bytes: bytes() - before };
}

function median(all: readonly Measured[]): Measured {
  const sorted = all.toSorted((one, other) => one.ms - other.ms);
  return sorted[Math.floor(sorted.length / 2)] ?? { ms: Number.NaN, bytes: 0 };
}

/** What the watcher does when nothing has changed. */
function measurePoll(world: World): Promise<Measured> {
  const credentials = tokenCredentials(world.server.origin, new Secret(serverToken));
  const remote = { url: world.url("source"), git: createGit(), credentials };
  const question = { prefixes: ["refs/heads/", "refs/tags/"] };
  return measure(world, () => digestRefs(remote, question, AbortSignal.timeout(60_000)));
}

async function measureOurs(world: World, { changed, stamp }: { changed: number; stamp: number }): Promise<Measured> {
  const { source, url, hooks, outcomes } = world;
  const indexes = Array.from({ length: changed }, (_, index) => (index * 37 + stamp) % 1000);
  await changeBranches(source, [...new Set(indexes)], stamp);
  const ref = branchName(indexes[0] ?? 0);
  const after = (await git(source, "rev-parse", ref)).trim();
  return measure(world, async () => {
    const name = `d${stamp}-${changed}`;
    const push = { repository: url("source"), ref, after };
    const { seq } = await (changed === 1 ? deliverPush(hooks, push, name) : deliverGeneric(hooks, "bench", name));
    if (seq === undefined) throw new Error("the delivery led to no event");
    const outcome = await outcomes.covering("bench", seq);
    if (outcome.counts.updated !== changed) throw new Error(`${outcome.counts.updated} refs instead of ${changed}`);
  });
}

function measureGit(world: World): Promise<Measured> {
  return measure(world, async () => {
    await git(world.clone, "fetch", "--quiet", "--prune");
    await git(world.clone, "push", "--quiet", "--mirror", world.url("gits"));
  });
}

async function verify({ server, source }: World): Promise<void> {
  const list = (folder: string) => git(folder, "for-each-ref", "--format=%(refname) %(objectname)");
  const wanted = await list(source);
  const same = await Promise.all(
    ["ours", "gits"].map(async (name) => (await list(join(server.root, `bench/${name}.git`))) === wanted),
  );
  process.stdout.write(
    `${JSON.stringify({ benchmark: "mirror", case: "same refs at the end", ours: same[0], git: same[1] })}\n`,
  );
}

async function provisioned(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (
      await ask().then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(100);
  }
  throw new Error("the streams did not appear");
}
