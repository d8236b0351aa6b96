import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { startInstallation } from "./testing/running.ts";

/** Requests one after the other until stopped: their statuses and the longest wait. */
function keepAsking(url: string) {
  const stop = new AbortController();
  const statuses: number[] = [];
  let longestMs = 0;
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now();
      const answer = await fetch(url, { headers: { accept: "application/json" } });
      await answer.arrayBuffer();
      statuses.push(answer.status);
      longestMs = Math.max(longestMs, performance.now() - began);
    }
  })();
  return async () => {
    stop.abort();
    await asking;
    return { statuses, longestMs };
  };
}

test.each(["hold", "overlap"] as const)("an update by %s fails no request", async (way) => {
  await using world = await startInstallation({ version: "1.0.0" });
  const stop = keepAsking(world.url);
  const outcome = await world.update({ version: "2.0.0" }, way);
  const { statuses } = await stop();
  expect(outcome.kind).toBe("applied");
  expect(outcome.downtimeMs).toBeLessThan(way === "overlap" ? 1 : 3000);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await world.version()).toBe("2.0.0");
  expect((await world.installation.current())?.release).toBe(2);
});

test("an update by maintenance answers 503 meanwhile and works afterwards", async () => {
  await using world = await startInstallation({ version: "1.0.0" });
  const stop = keepAsking(world.url);
  expect((await world.update({ version: "2.0.0" }, "maintenance")).kind).toBe("applied");
  const { statuses } = await stop();
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(await world.version()).toBe("2.0.0");
});

test("an open WebSocket lives through an overlap until it is closed, at the process where it began", async () => {
  await using world = await startInstallation({ version: "1.0.0" });
  const socket = new WebSocket(`${world.url.replace("http", "ws")}/ws`);
  await once(socket, "open");
  expect((await world.update({ version: "2.0.0" }, "overlap")).kind).toBe("applied");
  expect(await world.version()).toBe("2.0.0");
  socket.send("ping");
  const [message] = (await once(socket, "message")) as [Buffer];
  expect(message.toString()).toBe("ping");
  socket.close();
  await once(socket, "close");
  await world.switcher.drained();
});

test("plain files change under the running process, which keeps its id", async () => {
  await using world = await startInstallation({ version: "1.0.0" });
  const pid = world.supervisor.app?.pid;
  expect(await world.update({ version: "2.0.0" }, "files")).toEqual({ kind: "applied", downtimeMs: 0 });
  expect(world.supervisor.app?.pid).toBe(pid);
  expect(await readFile(join(world.root, "current", "backend", "app.json"), "utf8")).toContain("2.0.0");
});

const broken: readonly (readonly [string, { fault: string; afterMs?: number }, RegExp])[] = [
  ["exits at once", { fault: "exits" }, /APP_EXITED/],
  ["exits after a while", { fault: "exits-late", afterMs: 600 }, /APP_EXITED/],
  ["answers 500", { fault: "answers-500" }, /APP_UNHEALTHY/],
  ["hangs", { fault: "hangs" }, /APP_UNHEALTHY/],
  ["has no WebSocket", { fault: "no-websocket" }, /APP_UNHEALTHY/],
  ["leaks its port to a child and serves nothing", { fault: "leaks-port" }, /APP_UNHEALTHY/],
  ["is healthy and crashes", { fault: "crashes-when-healthy", afterMs: 300 }, /APP_CRASHED|APP_EXITED/],
];

const cases = broken.flatMap(([name, fault, code]) =>
  (["hold", "overlap"] as const).map((way) => ({ name, way, fault, code })),
);

test.each(cases)("a release that $name is rolled back by $way, and held", async ({ way, fault, code }) => {
  await using world = await startInstallation({ version: "1.0.0" }, { graceMs: 1500 });
  const outcome = await world.update({ version: "2.0.0", ...fault }, way);
  expect(outcome.kind).not.toBe("applied");
  expect(outcome).toMatchObject({ failure: { error: { code: expect.stringMatching(code) as string } } });
  expect(await world.version()).toBe("1.0.0");
  expect((await world.installation.current())?.release).toBe(1);
  expect(world.installation.state.held.size).toBe(1);
  expect(world.installation.state.open).toBeUndefined();
});

test("a release that cannot even be read is rolled back with its words in the report", async () => {
  await using world = await startInstallation({ version: "1.0.0" });
  const release = await world.update({ version: "2.0.0" }, "hold", { "app.json": "{ syntax error" });
  expect(release).toMatchObject({ kind: "rolled-back", failure: { error: { code: "APP_EXITED" } } });
  expect(release.kind === "applied" ? "" : release.failure.logTail).toContain("SyntaxError");
  expect(await world.version()).toBe("1.0.0");
});

test("a release that ignores SIGTERM is killed after its grace, and the next one comes", async () => {
  await using world = await startInstallation({ version: "1.0.0", fault: "ignores-sigterm" });
  expect((await world.update({ version: "2.0.0" }, "hold")).kind).toBe("applied");
  expect(await world.version()).toBe("2.0.0");
});

test("where the release before does not run either, the maintenance page stays and nothing is tried any more", async () => {
  await using world = await startInstallation({ version: "1.0.0" }, { graceMs: 800 });
  const { chmod, writeFile } = await import("node:fs/promises");
  const old = join(world.root, "releases", "1", "backend", "app.json");
  await chmod(old, 0o644);
  await writeFile(old, JSON.stringify({ version: "1.0.0", fault: "exits" }));
  const outcome = await world.update({ version: "2.0.0", fault: "exits" }, "hold");
  expect(outcome.kind).toBe("failed");
  expect(world.installation.state.terminal).toBeDefined();
  expect(await world.version()).toBe(503);
});

test("an application that is killed comes back, and requests wait for it", async () => {
  await using world = await startInstallation({ version: "1.0.0" });
  const { app } = world.supervisor;
  app?.signal("SIGKILL");
  await app?.exited;
  expect(await world.version()).toBe("1.0.0");
  expect(world.supervisor.app?.pid).not.toBe(app?.pid);
});
