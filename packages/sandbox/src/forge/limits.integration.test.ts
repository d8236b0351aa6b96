import { expect, test } from "vitest";
import { createScene, name, refusal } from "./testing/scene.ts";

const pulls = `/api/v3/repos/${name}/pulls`;

test("a secondary limit says how long to wait, as often as it is asked for", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  await scene.openPull("sync");
  forge.faults.add({ method: "PATCH", times: 2, effect: { kind: "secondary-limit", retryAfterSeconds: 60 } });
  const update = () => octokit.pulls.update({ ...where, pull_number: 1, title: "New" });

  const raw = await fetch(`${forge.url}${pulls}/1`, { method: "PATCH", body: "{}" });
  const refused = await refusal(update());

  expect([raw.status, raw.headers.get("retry-after")]).toEqual([403, "60"]);
  expect(refused.message).toMatch(/^You have exceeded a secondary rate limit/);
  expect((await update()).data.title).toBe("New");
});

test("a primary limit names the time it ends", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  forge.faults.add({ effect: { kind: "primary-limit", resetInSeconds: 30, status: 429 } });

  const { status, headers } = await fetch(`${forge.url}${pulls}`);

  expect([status, headers.get("x-ratelimit-remaining")]).toEqual([429, "0"]);
  const seconds = Number(headers.get("x-ratelimit-reset")) - Date.now() / 1000;
  expect(seconds).toBeGreaterThan(25);
  expect(seconds).toBeLessThan(32);
});

test("calls are counted for each token until its hour is used up; what is not modified costs nothing", async () => {
  await using scene = await createScene({ rateLimit: 3 });
  const { octokit, where, forge } = scene;

  const first = await octokit.repos.get(where);
  const known = { "if-none-match": first.headers.etag ?? "" };
  const unchanged = await refusal(octokit.repos.get({ ...where, headers: known }));
  const { data } = await octokit.rateLimit.get();
  await octokit.repos.get(where);
  await octokit.repos.get(where);
  const refused = await refusal(octokit.repos.get(where));

  expect(first.headers).toMatchObject({ "x-ratelimit-limit": "3", "x-ratelimit-remaining": "2" });
  expect(unchanged.status).toBe(304);
  expect(data.rate).toMatchObject({ limit: 3, used: 1, remaining: 2 });
  expect(refused).toMatchObject({ status: 403, message: expect.stringMatching(/^API rate limit exceeded/) as string });
  const other = scene.clientOf(forge.addToken({ login: "other" }));
  expect((await other.repos.get(where)).status).toBe(200);
});

test("an ETag changes with what it stands for", async () => {
  await using scene = await createScene();
  const { octokit, where } = scene;
  await scene.openPull("sync");
  const list = () => octokit.pulls.list(where);

  const [one, two] = [await list(), await list()];
  await octokit.pulls.update({ ...where, pull_number: 1, title: "New" });
  const three = await list();

  expect(two.headers.etag).toBe(one.headers.etag);
  expect(three.headers.etag).not.toBe(one.headers.etag);
});

test("a 502 after the effect, or a connection cut after it, leaves the pull request behind", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  for (const branch of ["a", "b", "c"]) await forge.commit(name, { branch, files: { [branch]: "1" } });
  forge.faults.add({ method: "POST", path: pulls, effect: { kind: "bad-gateway" } });
  forge.faults.add({ method: "POST", path: pulls, skip: 1, effect: { kind: "drop", when: "after" } });
  forge.faults.add({ method: "POST", path: pulls, skip: 2, effect: { kind: "drop", when: "before" } });
  const create = (head: string) => refusal(octokit.pulls.create({ ...where, title: head, head, base: "main" }));

  expect((await create("a")).status).toBe(502);
  expect((await create("b")).message).toMatch(/fetch failed|terminated|other side closed/);
  expect((await create("c")).message).toMatch(/fetch failed|other side closed/);

  expect(forge.pulls(name).map(({ headRef }) => headRef)).toEqual(["a", "b"]);
});

test("a stale read shows the repository from before the last write", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const old = await forge.commit(name, { branch: "sync", files: { a: "1" } });
  await octokit.pulls.create({ ...where, title: "A", head: "sync", base: "main" });
  const list = async () => (await octokit.pulls.list(where)).data.map(({ number }) => number);
  const ref = async () => (await octokit.git.getRef({ ...where, ref: "heads/sync" })).data.object.sha;
  forge.faults.add({ path: pulls, effect: { kind: "stale" } });
  forge.faults.add({ path: "*/git/ref/*", effect: { kind: "stale" } });

  expect([await list(), await list()]).toEqual([[], [1]]);
  const fresh = await forge.commit(name, { branch: "sync", files: { a: "2" } });
  expect([await ref(), await ref()]).toEqual([old, fresh]);
});

test("status, headers and delay are put on any request", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  forge.faults.add({ path: pulls, effect: { kind: "headers", headers: { "x-test": "1" } } });
  forge.faults.add({ path: pulls, effect: { kind: "delay", ms: 50 } });
  forge.faults.add({ path: pulls, skip: 1, effect: { kind: "status", status: 503, body: "<html>sorry</html>" } });

  const began = performance.now();
  const one = await fetch(`${forge.url}${pulls}`);
  const took = performance.now() - began;
  const two = await fetch(`${forge.url}${pulls}`);

  expect([one.status, one.headers.get("x-test")]).toEqual([200, "1"]);
  expect(took).toBeGreaterThanOrEqual(49);
  expect([two.status, await two.text()]).toEqual([503, "<html>sorry</html>"]);
});

test("what is no JSON, no operation or no valid request is refused as GitHub refuses it", async () => {
  await using scene = await createScene();
  const { forge } = scene;
  const headers = { authorization: `token ${forge.token}`, "content-type": "application/json" };
  const post = async (path: string, body: string) => {
    const response = await fetch(`${forge.apiUrl}${path}`, { method: "POST", headers, body });
    const { message } = (await response.json()) as { message: string };
    return [response.status, message.split("\n")[0]];
  };

  expect(await post(`/repos/${name}/pulls`, "{")).toEqual([400, "Problems parsing JSON"]);
  expect(await post(`/repos/${name}/pulls`, `{"title":"x"}`)).toEqual([422, "Invalid request."]);
  expect(await post(`/repos/${name}/nonsense`, "{}")).toEqual([404, "Not Found"]);
  expect(await post("", "{}")).toEqual([404, "Not Found"]);
});

test("another process places faults and reads counts by the control endpoint", async () => {
  await using scene = await createScene();
  const { forge, octokit, where } = scene;
  const control = async (method: string, path: string, body?: object) => {
    const init =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
    const response = await fetch(`${forge.url}/_sandbox/${path}`, { method, ...init });
    return response.status === 204 ? undefined : ((await response.json()) as object);
  };
  await control("POST", "repositories", { owner: "acme", name: "new", files: { a: "1" } });
  await control("POST", "commits", { repository: "acme/new", branch: "b", files: { a: "2" } });
  const { token } = (await control("POST", "tokens", { login: "acme" })) as { token: string };
  await control("DELETE", "log");
  await control("POST", "faults", { path: "*/pulls", effect: { kind: "status", status: 500 } });

  const created = { owner: "acme", repo: "new", title: "B", head: "b", base: "main" };
  expect((await refusal(octokit.pulls.list(where))).status).toBe(500);
  await scene.clientOf(token).pulls.create(created);
  expect(await control("GET", "faults")).toMatchObject([{ struck: 1 }]);
  expect(await control("GET", "pulls?repository=acme/new")).toMatchObject([{ number: 1 }]);
  await control("POST", "merges", { repository: "acme/new", number: 1, method: "squash" });

  expect(await control("GET", "counts")).toMatchObject({
    api: 2,
    apiReads: 1,
    apiWrites: 1,
    byOperation: { "pulls/list": 1, "pulls/create": 1 },
  });
  expect(await control("GET", "log")).toMatchObject([{ status: 500 }, { status: 201, login: "acme" }]);
  expect(await control("GET", `counts?since=${Date.now() + 1000}`)).toMatchObject({ api: 0 });
});
