import { startNatsServer } from "@lockstep/nats-server";
import {
  RouteName,
  TargetName,
  updateApplied,
  type DeploymentDiff,
  deploymentDiff,
  trigger,
} from "@lockstep/shared/contracts";
import { connectBus, createLog, TransientError, type Bus } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { BusLink } from "./bus-link.ts";
import { Inventory, type InventoryDraft } from "./inventory.ts";
import { createUpdaterWorld, paths, releaseFiles, updates } from "./update/testing/updater-world.ts";
import { diffFor } from "./update/testing/release-source.ts";

const place = { route: RouteName.parse("studio"), instance: TargetName.parse("pod-1") };
const log = createLog("updater", { write: () => undefined });

/** An updater that follows its queue on a real server. */
async function startLinked() {
  await using opened = new AsyncDisposableStack();
  const world = opened.use(await createUpdaterWorld());
  const server = opened.use(await startNatsServer());
  const stop = new AbortController();
  const connect = () =>
    connectBus({ nats: { servers: server.url }, source: "lockstep/test", log, signal: new AbortController().signal });
  const bus = opened.use(await connect());
  await bus.provision({ replicas: 1 });
  const link = new BusLink(place, world.updater, log);
  const following = link.follow(bus, stop.signal);
  opened.defer(async () => {
    stop.abort();
    await following;
  });
  const all = opened.move();
  return { world, bus, link, server, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function announce(bus: Bus, diff: DeploymentDiff) {
  return bus.publish(deploymentDiff.create(diff));
}

async function outcome(bus: Bus) {
  const last = await bus.last("EVENTS", updateApplied.subject({ route: place.route, target: place.instance }));
  return last === undefined ? undefined : updateApplied.parse(last.subject, last.body);
}

test("a diff is carried out and reported, and the same diff again changes nothing (I3)", async () => {
  await using linked = await startLinked();
  const { world, bus } = linked;
  const commit = await world.source.commit(releaseFiles("one"));
  const diff = diffFor({
    commit,
    updates,
    paths,
    objects: await world.source.objects(commit, ["backend", paths.models]),
  });
  await announce(bus, diff);
  await expect
    .poll(() => outcome(bus), { timeout: 10_000 })
    .toMatchObject({ result: "applied", release: 1, throughSeq: 7 });
  await announce(bus, { ...diff, throughSeq: 8, againstRelease: 1 });
  await expect
    .poll(() => outcome(bus), { timeout: 10_000 })
    .toMatchObject({ result: "up-to-date", release: 1, throughSeq: 8 });
  expect((await world.installation.current())?.release).toBe(1);
});

test("a diff that is behind what was reported is settled without a word", async () => {
  await using linked = await startLinked();
  const { world, bus } = linked;
  const commit = await world.source.commit(releaseFiles("one"));
  await announce(bus, diffFor({ commit, updates, paths, seq: 9 }));
  await expect.poll(() => outcome(bus), { timeout: 10_000 }).toMatchObject({ throughSeq: 9 });
  const next = await world.source.commit(releaseFiles("two"));
  await announce(bus, diffFor({ commit: next, updates, paths, seq: 3 }));
  await expect
    .poll(async () => (await bus.subjects("WORK_UPDATER", "work.updater.>")).length, { timeout: 10_000 })
    .toBe(0);
  expect(await outcome(bus)).toMatchObject({ throughSeq: 9 });
  expect((await world.installation.current())?.commit).toBe(commit);
});

test("what a person allowed is used once: an offer is applied with its skip list, and answered", async () => {
  await using linked = await startLinked();
  const { world, bus, link } = linked;
  const commit = await world.source.commit(releaseFiles("one"));
  const asked = link.ask({ apply: true }, "by hand", AbortSignal.timeout(15_000));
  await expect.poll(() => bus.last("EVENTS", trigger.subject(place)), { timeout: 5000 }).toBeDefined();
  const seq = (await bus.last("EVENTS", trigger.subject(place)))?.seq ?? 0;
  const options = { apply: true, skipComponents: ["models"] };
  const request = { requestId: "r", options, requestedAt: "2026-01-01T00:00:00Z" };
  await bus.bucket("requests").write(`studio.pod-1.${seq}`, JSON.stringify(request));
  await announce(bus, diffFor({ commit, updates, paths, action: "offer", seq: seq + 1 }));
  expect(await asked).toMatchObject({ result: "applied", skipped: ["models"], components: [{ name: "backend" }] });
  expect(Object.keys((await world.installation.current())?.components ?? {})).toEqual(["backend"]);
  await expect.poll(() => bus.bucket("requests").keys("studio.>"), { timeout: 5000 }).toEqual([]);
});

test("without a connection a question is refused at once, and the installation goes on", async () => {
  await using world = await createUpdaterWorld();
  const link = new BusLink(place, world.updater, log);
  const asked = link.ask({}, "by hand", AbortSignal.timeout(5000));
  await expect(asked).rejects.toBeInstanceOf(TransientError);
  await expect(asked).rejects.toMatchObject({ code: "BUS_UNREACHABLE" });
});

test("NATS that goes away in mid-switch stops nothing: the release is there, and reported once it is back", async () => {
  await using linked = await startLinked();
  const { world, bus, server } = linked;
  const commit = await world.source.commit(releaseFiles("one"));
  const { promise: staging, resolve } = Promise.withResolvers<void>();
  world.updater.onProgress(({ step }) => step === "staging" && resolve());
  await announce(bus, diffFor({ commit, updates, paths }));
  await staging;
  await server.kill();
  await expect.poll(async () => (await world.installation.current())?.commit, { timeout: 10_000 }).toBe(commit);
  await server.restart();
  await expect.poll(() => outcome(bus).catch(() => undefined), { timeout: 20_000 }).toMatchObject({ release: 1 });
}, 60_000);

test("the inventory is written, and an id that another live installation has is told apart from one it left", async () => {
  await using linked = await startLinked();
  const draft = (): Promise<InventoryDraft> =>
    Promise.resolve({ runtime: 4, components: {}, skipComponents: [], release: null, health: "healthy" });
  const inventory = new Inventory(linked.bus, { place, holder: "host:/app one", draft });
  await inventory.claim("host:/app", AbortSignal.timeout(5000));
  const again = new Inventory(linked.bus, { place, holder: "host:/app two", draft });
  await again.claim("host:/app", AbortSignal.timeout(5000));
  const entry = await linked.bus.bucket("instances").read("studio.pod-1");
  expect(JSON.parse(entry?.value ?? "{}")).toMatchObject({ holder: "host:/app two", runtime: 4, instance: "pod-1" });
});
