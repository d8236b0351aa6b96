import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { startForge, startSource, type Forge, type PlayedSource } from "@lockstep/sandbox";
import {
  changeDetected,
  diffComputed,
  prPublished,
  RouteName,
  trigger,
  type PrPublished,
} from "@lockstep/shared/contracts";
import { connectBus, createLog, type Bus, type StoredMessage } from "@lockstep/shared/runtime";
import { startNatsServer } from "@lockstep/nats-server";
import { percentile } from "./support/percentile.ts";
import { startServices } from "./support/start-services.ts";

const owner = "haidra-org";
const name = "text-model-reference";
const repository = `${owner}/${name}`;
const route = RouteName.parse("text-models");
const first = 81;

/**
 * Replays the recorded history of a catalog through the running chain: at each step the source changes, a trigger
 * is sent, and the pull request that follows is merged. `--bundle PATH` names the history.
 */
export async function run({ json, args }: { json: boolean; args: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { bundle: { type: "string" }, steps: { type: "string" } } });
  if (values.bundle === undefined || !existsSync(values.bundle)) {
    process.stdout.write(`skipped: ${values.bundle ?? "--bundle PATH is missing; it"} names no recorded history\n`);
    return;
  }
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-replay-"));
  await using forge = await startForge();
  await using source = await startSource({
    history: { repository: values.bundle, path: "db.json", category: "text_generation" },
  });
  source.goTo(first);
  await forge.createRepository({ owner, name, files: { "db.json": await revision(source) } });
  const config = join(folder.path, "lockstep.yaml");
  await writeFile(config, configText(forge, source));
  await using nats = await startNatsServer({ durable: true });
  await using processes = new AsyncDisposableStack();
  const started = { config, natsUrl: nats.url, folder: folder.path };
  processes.use(startServices(["run", "watcher", "comparator", "publisher", "--provision"], started));
  const stop = new AbortController();
  const log = createLog("bench", process.stderr);
  log.level = "warn";
  await using bus = await connectBus({
    nats: { servers: nats.url },
    source: "lockstep/bench",
    log,
    signal: stop.signal,
  });
  const steps = source.revisions.length - 1 - first;
  const result = await replay({ bus, forge, source, json }, Math.min(steps, Number(values.steps ?? steps)));
  stop.abort();
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function configText(forge: Forge, source: PlayedSource): string {
  return JSON.stringify({
    github: { apiUrl: forge.apiUrl, token: forge.token },
    routes: {
      [route]: {
        kind: "catalog",
        source: { url: source.url, categories: ["text_generation"] },
        targets: {
          text: {
            repository,
            order: "source",
            files: { text_generation: "db.json" },
            // The recorded history has steps that delete more than the guard lets through.
            pullRequest: { maxDeletions: "100%" },
          },
        },
        triggers: { interval: "1h" },
      },
    },
  });
}

interface World {
  readonly bus: Bus;
  readonly forge: Forge;
  readonly source: PlayedSource;
  readonly json: boolean;
}

async function replay(world: World, steps: number) {
  const { forge, source } = world;
  const latencies: number[] = [];
  const byHop: Record<Hop, number[]> = { detect: [], compare: [], publish: [] };
  const calls: number[] = [];
  let changed = 0;
  let identical = 0;
  for (let step = 1; step <= steps; step += 1) {
    source.goTo(first + step);
    const before = forge.log.counts().api;
    const started = performance.now();
    const { outcome, hops: took } = await triggerAndWait(world.bus);
    const tookMs = performance.now() - started;
    if (outcome.number !== undefined && outcome.action === "opened") {
      changed += 1;
      latencies.push(tookMs);
      for (const hop of hops) byHop[hop].push(took[hop]);
      calls.push(forge.log.counts().api - before);
      await forge.merge(repository, outcome.number, { method: "merge" });
      const merged = await forge.readFile(repository, "main", "db.json");
      if (merged.equals(await revision(source))) identical += 1;
    }
    if (step % maintainedEvery === 0) await maintain(forge.gitFolder(repository));
    if (!world.json)
      process.stdout.write(`${step}/${steps} ${outcome.action} ${Math.round(tookMs)} ms ${JSON.stringify(took)}\n`);
  }
  const final = await forge.readFile(repository, "main", "db.json");
  return {
    steps,
    changed,
    identical,
    finalIdentical: final.equals(await revision(source)),
    pullRequests: forge.pulls(repository).length,
    p50_ms: percentile(latencies, 50),
    p99_ms: percentile(latencies, 99),
    hops_p50_ms: Object.fromEntries(hops.map((hop) => [hop, percentile(byHop[hop], 50)])),
    apiCallsPerChange: percentile(calls, 100),
    violations: forge.violations.length,
  };
}

const maintainedEvery = 20;

/** What a host does for its repositories by itself: packs refs and objects. Between steps, not in them. */
async function maintain(folder: string): Promise<void> {
  await promisify(execFile)("git", ["-C", folder, "gc", "--quiet"]);
}

/** The file as the source serves it. */
async function revision(source: PlayedSource): Promise<Buffer> {
  const response = await fetch(`${source.url}/text_generation`);
  return Buffer.from(await response.arrayBuffer());
}

const limitMs = 60_000;

interface Answer {
  readonly outcome: PrPublished;
  /** When each service had stored its event, in milliseconds since the one before. */
  readonly hops: Readonly<Record<Hop, number>>;
}

const hops = ["detect", "compare", "publish"] as const;
type Hop = (typeof hops)[number];

/** The last outcome that covers the trigger's change. */
async function triggerAndWait(bus: Bus): Promise<Answer> {
  const { seq } = await bus.publish(trigger.create({ route, requestId: crypto.randomUUID() }));
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(limitMs)]);
  const subjects = [trigger, changeDetected, diffComputed, prPublished].map(({ everySubject }) => everySubject);
  const times: number[] = [];
  let changeSeq: number | undefined;
  try {
    for await (const message of bus.tail("EVENTS", { subjects, from: seq, signal })) {
      const { subject, body, time } = message;
      if (message.seq === seq) times.push(Date.parse(time));
      if (changeSeq === undefined && isChange(message, seq)) {
        changeSeq = message.seq;
        times.push(Date.parse(time));
      }
      if (changeSeq === undefined) continue;
      if (subject.startsWith("lockstep.diff-computed.") && times.length === 2) times.push(Date.parse(time));
      if (!subject.startsWith("lockstep.pr-published.")) continue;
      const outcome = prPublished.parse(subject, body);
      if (outcome.throughSeq >= changeSeq && outcome.remaining === 0)
        return { outcome, hops: hopsOf([...times, Date.parse(time)]) };
    }
  } finally {
    done.abort();
  }
  throw new Error(`no outcome within ${limitMs / 1000} s`);
}

function hopsOf(times: readonly number[]): Record<Hop, number> {
  const gap = (index: number) => (times[index + 1] ?? Number.NaN) - (times[index] ?? Number.NaN);
  return { detect: gap(0), compare: gap(1), publish: gap(2) };
}

function isChange({ subject, body }: StoredMessage, triggerSeq: number): boolean {
  if (!subject.startsWith("lockstep.change-detected.")) return false;
  return changeDetected.parse(subject, body).trigger.id === String(triggerSeq);
}
