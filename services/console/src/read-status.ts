import type { Config, Route } from "@lockstep/shared/config";
import { changeDetected, prPublished, refsMirrored } from "@lockstep/shared/contracts";
import { leaseKeyOf, type Bus, type StoredMessage } from "@lockstep/shared/runtime";
import { readFleet } from "./read-instances.ts";
import { readSource } from "./read-source.ts";
import type { LastOutcome, RouteStatus, Status, TargetStatus } from "./status.ts";

/** What waits and what runs, for all routes at once. */
interface Traffic {
  /** Subjects on the work queues. */
  readonly queued: ReadonlySet<string>;
  readonly leased: ReadonlySet<string>;
}

const atOnce = 32;

/** Reads where every route stands, from the streams and buckets themselves. */
export async function readStatus(bus: Bus, config: Config): Promise<Status> {
  const traffic = await readTraffic(bus);
  const routes: RouteStatus[] = [];
  const waiting = [...config.routes.values()];
  while (waiting.length > 0)
    routes.push(...(await Promise.all(waiting.splice(0, atOnce).map((route) => readRoute(bus, route, traffic)))));
  return { connected: bus.isUp(), routes };
}

async function readTraffic(bus: Bus): Promise<Traffic> {
  const leases = bus.bucket("leases");
  const [compare, publish, keys] = await Promise.all([
    bus.subjects("WORK_COMPARATOR", "work.>"),
    bus.subjects("WORK_PUBLISHER", "work.>"),
    leases.keys(">"),
  ]);
  const held = await Promise.all(keys.map(async (key) => ((await leases.read(key)) === undefined ? [] : [key])));
  return { queued: new Set([...compare, ...publish].map(({ subject }) => subject)), leased: new Set(held.flat()) };
}

async function readRoute(bus: Bus, route: Route, traffic: Traffic): Promise<RouteStatus> {
  const { kind, name } = route;
  const [last, source] = await Promise.all([
    bus.last("EVENTS", changeDetected.subject({ kind, route: name })),
    readSource(bus, name),
  ]);
  const targets = await Promise.all(
    route.targets.map((target) => readTarget(bus, { route, target, traffic, changeSeq: last?.seq ?? 0 })),
  );
  const comparing = traffic.leased.has(leaseKeyOf("comparator", name));
  const queued = traffic.queued.has(`work.comparator.${kind}.${name}`) && !comparing;
  const revision = last && changeDetected.parse(last.subject, last.body).revision;
  return {
    name,
    kind,
    source,
    inFlight: Number(comparing) + targets.filter(({ inFlight }) => inFlight).length,
    waiting: Number(queued) + targets.filter((target) => target.waiting).length,
    ...(last === undefined || revision === undefined ? {} : { change: { seq: last.seq, at: last.time, revision } }),
    targets,
    ...(await readFleet(bus, route)),
  };
}

interface Place {
  readonly route: Route;
  readonly target: Route["targets"][number];
  readonly traffic: Traffic;
  /** EVENTS sequence of the newest change; 0 for none. */
  readonly changeSeq: number;
}

async function readTarget(bus: Bus, { route, target, traffic, changeSeq }: Place): Promise<TargetStatus> {
  const lastOutcome = await readOutcome(bus, route, target);
  const queued = traffic.queued.has(`work.publisher.${route.kind}.${route.name}.${target.name}`);
  const leased = traffic.leased.has(leaseKeyOf("publisher", target.identity));
  return {
    name: target.name,
    repository: target.repository,
    inFlight: queued && leased,
    waiting: queued && !leased,
    upToDate: (lastOutcome?.throughSeq ?? 0) >= changeSeq,
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
  };
}

async function readOutcome(bus: Bus, { kind, name }: Route, target: Place["target"]): Promise<LastOutcome | undefined> {
  const place = { route: name, target: target.name };
  const last = await bus.last("EVENTS", (kind === "mirror" ? refsMirrored : prPublished).subject(place));
  if (last === undefined) return undefined;
  const outcome = kind === "mirror" ? mirrorOutcome(last) : pullRequestOutcome(last);
  return { at: last.time, seq: last.seq, ...outcome };
}

function pullRequestOutcome({ subject, body }: StoredMessage): Omit<LastOutcome, "at" | "seq"> {
  const { action, number, url, diffId, reason, throughSeq, failed, warnings } = prPublished.parse(subject, body);
  return {
    action,
    diffId,
    throughSeq,
    failed,
    warnings,
    ...(number === undefined ? {} : { number }),
    ...(url === undefined ? {} : { url }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function mirrorOutcome({ subject, body }: StoredMessage): Omit<LastOutcome, "at" | "seq"> {
  const { action, diffId, reason, throughSeq, rejected, lagging } = refsMirrored.parse(subject, body);
  const warnings = rejected.map(({ ref, reason }) => `${ref}: ${reason}`);
  return { action, diffId, throughSeq, failed: [], warnings, lagging, ...(reason === undefined ? {} : { reason }) };
}
