import { PermanentError, Secret, TransientError } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { report, startAdmin, state } from "./testing/start-admin.ts";

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

test("an update applies with its skip list, and a word that is not known updates nothing", async () => {
  await using admin = await startAdmin();
  expect(await (await admin.post("/update", '{"skip_components":["models"]}')).json()).toMatchObject({
    result: "applied",
  });
  expect((await admin.post("/update", '{"dryRun":true}')).status).toBe(400);
  await admin.post("/update");
  expect(admin.updates).toEqual([{ apply: true, skipComponents: ["models"] }, { apply: true }]);
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
