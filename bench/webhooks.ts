import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startGitServer } from "@lockstep/git/testing";
import { connectBus, createLog } from "@lockstep/shared/runtime";
import { startNatsServer } from "@lockstep/nats-server";
import {
  branchName,
  changeBranches,
  copyRepository,
  deliverPush,
  fillRepository,
  freePort,
  git,
  writeMirrorConfig,
} from "./support/mirror-world.ts";
import { followOutcomes } from "./support/outcomes.ts";
import { percentile } from "./support/percentile.ts";
import { startServices } from "./support/start-services.ts";

const repositories = 50;
const names = Array.from({ length: repositories }, (_, index) => `r${String(index).padStart(2, "0")}`);

/**
 * Signed deliveries at the running services: a burst of 1,000 for 50 repositories at once, then 10,000 at 500 a second.
 * `--deliveries` and `--rate` change the second. Stale targets: those that lack the last commit at the end.
 */
export async function run({ args }: { args: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { deliveries: { type: "string" }, rate: { type: "string" } } });
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-webhooks-bench-"));
  await using server = await startGitServer();
  for (const name of names) {
    await server.createRepository(`bench/${name}`);
    const first = join(server.root, `bench/${names[0]}.git`);
    if (name === names[0]) await fillRepository(first, 5);
    else await copyRepository(server, `bench/${names[0]}`, `bench/${name}`);
    await copyRepository(server, `bench/${name}`, `bench/${name}-copy`);
  }
  const url = (name: string) => `${server.origin}/bench/${name}.git`;
  const port = await freePort();
  const config = join(folder.path, "lockstep.yaml");
  const routes = Object.fromEntries(names.map((name) => [name, { source: url(name), copy: url(`${name}-copy`) }]));
  await writeMirrorConfig(config, { port, routes });
  await using nats = await startNatsServer({ durable: true });
  const started = { config, natsUrl: nats.url, folder: folder.path };
  await using _watcher = startServices(["run", "watcher", "--provision"], started);
  await using _others = startServices(["run", "comparator", "publisher", "--provision"], started);
  const log = createLog("bench", process.stderr);
  log.level = "warn";
  const signal = new AbortController().signal;
  await using bus = await connectBus({ nats: { servers: nats.url }, source: "lockstep/bench", log, signal });
  for (let tries = 0; tries < 200 && !(await bus.eventsCreated().then(Boolean, () => false)); tries += 1)
    await pause(100);
  using outcomes = followOutcomes(bus);
  await Promise.all(names.map((name) => outcomes.covering(name, 1)));
  const pushes = () => server.requests.filter(({ path }) => path.endsWith("/git-receive-pack")).length;
  const folderOf = (name: string) => join(server.root, `bench/${name}.git`);
  const phases = [
    { name: "burst", deliveries: 1000, rate: Number.POSITIVE_INFINITY },
    { name: "steady", deliveries: Number(values.deliveries ?? 10_000), rate: Number(values.rate ?? 500) },
  ];
  for (const [stamp, phase] of phases.entries()) {
    const before = pushes();
    const seqs = new Map<string, number>();
    const latencies: number[] = [];
    const statuses = new Map<number, number>();
    const ref = branchName(1);
    for (const name of names) await changeBranches(folderOf(name), [1], 10 * stamp + 1);
    const deliver = async (index: number) => {
      const name = names[index % repositories] ?? "";
      const after = (await tips(folderOf(name), ref)).trim();
      const push = { repository: url(name), ref, after };
      const begun = performance.now();
      const { status, seq } = await deliverPush(`http://127.0.0.1:${port}`, push, `${phase.name}-${index}`);
      latencies.push(performance.now() - begun);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (seq !== undefined) seqs.set(name, Math.max(seq, seqs.get(name) ?? 0));
    };
    const begun = performance.now();
    const running: Promise<void>[] = [];
    for (let index = 0; index < phase.deliveries; index += 1) {
      // Half way every source changes once more: the last commit must arrive.
      if (index === Math.floor(phase.deliveries / 2)) {
        for (const name of names) await changeBranches(folderOf(name), [1], 10 * stamp + 2);
        known.clear();
      }
      const dueMs = (index / phase.rate) * 1000 - (performance.now() - begun);
      if (dueMs > 1) await pause(dueMs);
      running.push(deliver(index));
    }
    await Promise.all(running);
    known.clear();
    await Promise.all([...seqs].map(([name, seq]) => outcomes.covering(name, seq)));
    const stale = await Promise.all(
      names.map(async (name) => (await tips(folderOf(name), ref)) !== (await tips(folderOf(`${name}-copy`), ref))),
    );
    const accepted = statuses.get(202) ?? 0;
    const figures = {
      benchmark: "webhooks",
      phase: phase.name,
      deliveries: phase.deliveries,
      repositories,
      p50_ms: percentile(latencies, 50),
      p99_ms: percentile(latencies, 99),
      accepted,
      rejected: phase.deliveries - accepted,
      pushes: pushes() - before,
      stale_targets: stale.filter(Boolean).length,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
}

const known = new Map<string, Promise<string>>();

/** Where a ref points; remembered until the next change, so that asking costs no process for each delivery. */
function tips(folder: string, ref: string): Promise<string> {
  const asked = known.get(folder) ?? git(folder, "rev-parse", ref);
  known.set(folder, asked);
  return asked;
}
