import { setTimeout as pause } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { change } from "../../packages/shared/src/testing/change-queue.ts";
import { planChaos, type ChaosPlan } from "../../packages/shared/src/testing/chaos-plan.ts";
import type { ChaosFigures } from "../../packages/shared/src/testing/chaos-judge.ts";
import { startChaosSink, type ChaosSink } from "../../packages/shared/src/testing/chaos-sink.ts";
import { deadLettersOf } from "../../packages/shared/src/testing/dead-letters.ts";
import { startFixture, type FixtureProcess } from "../../packages/shared/src/testing/fixture-process.ts";
import { startBus, type BusWorld } from "../../packages/shared/src/testing/start-bus.ts";

const size = { keys: 50, changes: 200, forMs: 10_000, leaseMs: 2000 };

/** LOCKSTEP_CHAOS_SEED repeats what happened, and when, of a run that printed its seed. */
const seed = Number(process.env["LOCKSTEP_CHAOS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test("whoever dies or freezes, every last change is carried out, and nobody acts at the same time (I1, I2)", async () => {
  await using world = await startBus();
  await world.bus.provision({ replicas: 1, ackWaitMs: 2 * size.leaseMs });
  await using sink = await startChaosSink();
  await using replicas = startReplicas(world, sink);
  const plan = planChaos(seed, size);

  await Promise.all([publishAll(world, plan), doMischief({ world, sink, replicas }, plan)]);
  const published = performance.now();
  const lastSeqs = await lastSequences(world);
  const wrong = () => [...lastSeqs].filter(([key, seq]) => sink.judge.seqOf(key) !== seq).map(([key]) => key);
  await vi
    .waitUntil(async () => wrong().length === 0 && (await isQuiet(world)), { timeout: 30_000, interval: 50 })
    .catch(() => undefined);

  const figures = sink.judge.figures;
  report(figures, { wrong: wrong().length, drainedInMs: performance.now() - published });
  expect(lastSeqs.size).toBe(size.keys);
  expect(wrong()).toEqual([]);
  expect(figures).toMatchObject({ overlaps: 0, regressions: 0 });
  expect(figures.fenced).toBeLessThanOrEqual(figures.overlapsAfterFreeze);
  expect(await deadLettersOf(world.bus)).toEqual([]);
  expect(figures.runs).toBeLessThan((size.keys * size.changes) / 4);
  expect(figures.takeovers.length).toBeGreaterThan(0);
});

interface Replicas extends AsyncDisposable {
  readonly pids: () => readonly number[];
  signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void;
  /** Ends one with SIGKILL; another takes its place. */
  replace(pid: number): void;
}

function startReplicas({ server }: BusWorld, sink: ChaosSink): Replicas {
  const running = new Map<number, FixtureProcess>();
  const start = () => {
    const settings = { TEST_NATS_URL: server.url, TEST_SINK_URL: sink.url, TEST_LEASE_MS: String(size.leaseMs) };
    const replica = startFixture("chaos.fixture.ts", settings);
    const pid = replica.child.pid ?? 0;
    running.set(pid, replica);
    void replica.ended.then(() => sink.judge.died(pid));
  };
  for (let count = 0; count < 3; count += 1) start();
  return {
    pids: () => [...running.keys()],
    signal: (pid, name) => void running.get(pid)?.child.kill(name),
    replace(pid) {
      running.get(pid)?.child.kill("SIGKILL");
      running.delete(pid);
      start();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((replica) => replica[Symbol.asyncDispose]()));
    },
  };
}

async function publishAll({ bus }: BusWorld, { batches }: ChaosPlan): Promise<void> {
  const started = performance.now();
  const ordinals = new Map<string, number>();
  const underWay = new Set<Promise<unknown>>();
  for (const [index, keys] of batches.entries()) {
    for (const key of keys) {
      const ordinal = (ordinals.get(key) ?? 0) + 1;
      ordinals.set(key, ordinal);
      const stored: Promise<unknown> = bus.publish(change(key, ordinal)).finally(() => underWay.delete(stored));
      underWay.add(stored);
      // More would time out on a slow machine, and be sent again.
      if (underWay.size >= 200) await Promise.race(underWay);
    }
    await pause(Math.max(1, started + ((index + 1) * size.forMs) / batches.length - performance.now()));
  }
  await Promise.all(underWay);
}

interface Victims {
  readonly world: BusWorld;
  readonly sink: ChaosSink;
  readonly replicas: Replicas;
}

async function doMischief({ world, sink, replicas }: Victims, { mischief }: ChaosPlan): Promise<void> {
  const started = performance.now();
  const frozen = new Set<number>();
  const endings: Promise<void>[] = [];
  for (const { atMs, kind, forMs } of mischief) {
    await pause(Math.max(1, started + atMs - performance.now()));
    if (kind === "kill-server") {
      await world.server.kill();
      await pause(forMs);
      await world.server.restart();
      continue;
    }
    // In the middle of a run, or nothing would be learned.
    const busiest = () => sink.judge.busiest(replicas.pids().filter((pid) => !frozen.has(pid)));
    const victim = await vi.waitUntil(busiest, { timeout: 10_000, interval: 1 });
    if (kind === "kill") replicas.replace(victim);
    else {
      frozen.add(victim);
      replicas.signal(victim, "SIGSTOP");
      sink.judge.froze(victim);
      endings.push(pause(forMs).then(() => thaw(victim)));
    }
  }
  await Promise.all(endings);

  function thaw(pid: number): void {
    sink.judge.thawed(pid);
    replicas.signal(pid, "SIGCONT");
    frozen.delete(pid);
  }
}

/** Of every key, the sequence of its last change: retries may have reordered what was published at the same time. */
async function lastSequences({ bus }: BusWorld): Promise<ReadonlyMap<string, number>> {
  const subjects = await bus.subjects("EVENTS", "lockstep.change-detected.>");
  const last = await Promise.all(subjects.map(({ subject }) => bus.last("EVENTS", subject)));
  return new Map(last.map((message) => [message?.subject.split(".").at(-1) ?? "", message?.seq ?? 0]));
}

async function isQuiet({ bus }: BusWorld): Promise<boolean> {
  const [waiting, held] = await Promise.all([bus.last("WORK_COMPARATOR", ">"), bus.bucket("leases").keys(">")]);
  return waiting === undefined && held.length === 0;
}

function report(figures: ChaosFigures, more: object): void {
  const takeovers = figures.takeovers.toSorted((one, other) => one - other).map(Math.round);
  const [p50, max] = [takeovers[Math.floor(takeovers.length / 2)], takeovers.at(-1)];
  const line = { seed, ...figures, ...more, takeovers: takeovers.length, takeoverP50Ms: p50, takeoverMaxMs: max };
  process.stdout.write(`chaos ${JSON.stringify(line)}\n`);
}
