import { PermanentError, Secret, TransientError, createLog } from "@lockstep/shared/runtime";
import type { RunOptions } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { Gateway } from "../gateway/gateway.ts";
import type { Progress, UpdateReport } from "../update/updater.ts";
import { adminPath, createAdmin } from "./admin.ts";
import type { Control, SystemState } from "./control.ts";

const state: SystemState = {
  route: "studio",
  instance: "pod-1",
  runtime: 4,
  release: 3,
  commit: null,
  components: [
    { name: "backend", local: "1.0.0", remote: "2.0.0", state: "update", skipped: false },
    { name: "models", local: 1, remote: 1, state: "current", skipped: true },
  ],
  blocked: null,
  held: [],
  terminal: null,
  updating: false,
  health: "healthy",
  connected: true,
};

const report = (result: UpdateReport["result"]): UpdateReport => ({
  route: "studio",
  target: "pod-1",
  result,
  components: [],
  skipped: [],
  diffId: "d".repeat(64),
  throughSeq: 1,
  warnings: [],
});

/** A control that notes what it was asked. */
async function startAdmin(overrides: Partial<Control> = {}, token?: Secret) {
  const updates: RunOptions[] = [];
  const listeners = new Set<(progress: Progress) => void>();
  let saved = { skipComponents: ["models"] };
  const control: Control = {
    state: () => Promise.resolve(state),
    check: () => Promise.resolve(report("offered")),
    update(options) {
      updates.push(options);
      return Promise.resolve(report("applied"));
    },
    rollBack: () => Promise.resolve({ kind: "applied", downtimeMs: 12 }),
    preferences: () => Promise.resolve(saved),
    savePreferences(preferences) {
      saved = preferences;
      return Promise.resolve();
    },
    onProgress(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...overrides,
  };
  const log = createLog("updater", { write: () => undefined });
  const admin = await createAdmin({ control, token, log, signal: AbortSignal.timeout(20_000) });
  const gateway = await Gateway.listen({
    host: "127.0.0.1",
    port: 0,
    healthPath: "/health",
    hold: { waitMs: 1, most: 1 },
    admin: { path: adminPath, handle: (request, response) => admin.routing(request, response) },
  });
  const url = (path: string) => `http://127.0.0.1:${gateway.port}${adminPath}${path}`;
  return {
    updates,
    listeners,
    url,
    post: (path: string, body?: string) =>
      fetch(url(path), {
        method: "POST",
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
      }),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await admin.close();
    },
  };
}

test("the administration and its page are there while the application is not", async () => {
  await using admin = await startAdmin();
  const page = await fetch(admin.url("/"));
  expect([page.status, page.headers.get("content-security-policy")]).toEqual([
    200,
    expect.stringContaining("default-src 'self'"),
  ]);
  for (const file of ["/page.js", "/page.css"]) expect((await fetch(admin.url(file))).status).toBe(200);
  expect(await (await fetch(admin.url("/version"))).json()).toEqual(state);
});

test.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["a text for a list", '{"skip_components":"models"}'],
  ["numbers in the list", '{"skip_components":[1]}'],
  ["null for the list", '{"skip_components":null}'],
  ["an unknown component", '{"skip_components":["nothing"]}'],
  ["an unknown key", '{"skip":["models"]}'],
])("a body that is %s is 400 and updates nothing", async (_, body) => {
  await using admin = await startAdmin();
  expect((await admin.post("/update", body)).status).toBe(400);
  expect(admin.updates).toEqual([]);
});

test("an update applies with its skip list, a dry run does not", async () => {
  await using admin = await startAdmin();
  expect(await (await admin.post("/update", '{"skip_components":["models"]}')).json()).toMatchObject({
    result: "applied",
  });
  await admin.post("/update", '{"dryRun":true}');
  await admin.post("/update");
  expect(admin.updates).toEqual([{ apply: true, skipComponents: ["models"] }, {}, { apply: true }]);
});

test("a second update at the same time is 409, a bus that is away 503, with the reason", async () => {
  await using admin = await startAdmin({
    update: () => Promise.reject(new PermanentError("UPDATE_BUSY", "an update is under way")),
    check: () => Promise.reject(new TransientError("BUS_UNREACHABLE", "no connection")),
  });
  expect((await admin.post("/update")).status).toBe(409);
  const check = await admin.post("/check");
  expect([check.status, await check.json()]).toEqual([503, expect.objectContaining({ code: "BUS_UNREACHABLE" })]);
});

test("a blocked update is an answer with both runtimes", async () => {
  const blocked = { message: "needs a newer image", remote_min_runtime: 5, local_runtime: 4 };
  await using admin = await startAdmin({
    state: () => Promise.resolve({ ...state, blocked }),
    update: () => Promise.resolve(report("blocked")),
  });
  const answer = await admin.post("/update");
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ ...blocked, blocked: true })]);
});

test("preferences are saved and read again", async () => {
  await using admin = await startAdmin();
  const saved = await fetch(admin.url("/preferences"), {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: '{"skip_components":["backend"]}',
  });
  expect(saved.status).toBe(200);
  expect(await (await fetch(admin.url("/preferences"))).json()).toEqual({ skip_components: ["backend"] });
});

test("progress is streamed", async () => {
  await using admin = await startAdmin();
  const answer = await fetch(admin.url("/events"));
  const reader = answer.body?.getReader();
  await reader?.read();
  for (const listener of admin.listeners) listener({ step: "staging" });
  expect(new TextDecoder().decode((await reader?.read())?.value as Uint8Array)).toBe('data: {"step":"staging"}\n\n');
  await reader?.cancel();
});

test("without the token nothing is told and nothing done", async () => {
  await using admin = await startAdmin({}, new Secret("the-token-of-this-test"));
  expect((await fetch(admin.url("/version"))).status).toBe(401);
  expect((await admin.post("/update")).status).toBe(401);
  expect(admin.updates).toEqual([]);
  const headers = { authorization: "Bearer the-token-of-this-test" };
  expect((await fetch(admin.url("/version"), { headers })).status).toBe(200);
});

test("a page of another site cannot start an update", async () => {
  await using admin = await startAdmin();
  const answer = await fetch(admin.url("/update"), { method: "POST", headers: { origin: "https://evil.example" } });
  expect(answer.status).toBe(403);
  expect(admin.updates).toEqual([]);
});
