import { parseConfig, type CatalogRoute } from "@lockstep/shared/config";
import type { CatalogSource } from "@lockstep/shared/catalog-source";
import { PermanentError, TransientError } from "@lockstep/shared/errors";
import { diffComputed, type ChangeDetected } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { noBaselines, type Baselines } from "./baselines.ts";
import { blobId } from "./blob-id.ts";
import { compareRoute, type TargetComparison } from "./compare-route.ts";
import { planDiff } from "./plan-diff.ts";
import type { TargetFiles } from "./target-files.ts";

const tip = "a".repeat(40);
const { signal } = new AbortController();

function routeOf(targets: object): CatalogRoute {
  const routes = { models: { kind: "catalog", source: { url: "http://127.0.0.1:9/api" }, targets } };
  const [route] = parseConfig(JSON.stringify({ routes }), { file: "test.yaml", env: {} }).routes.values();
  if (route?.kind !== "catalog") throw new Error("a catalog route");
  return route;
}

const bytes = (records: object) => Buffer.from(`${JSON.stringify(records, undefined, 4)}\n`);

/** A source of these categories; an error is thrown. */
function sourceOf(categories: Readonly<Record<string, object>>): CatalogSource {
  return {
    lastUpdated: () => Promise.resolve(null),
    category: (name) => {
      const found = categories[name];
      if (found instanceof Error) return Promise.reject(found);
      const content = { kind: "content" as const, bytes: bytes(found ?? {}), dateMs: 0, validators: {} };
      return Promise.resolve(content as Awaited<ReturnType<CatalogSource["category"]>>);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Targets with these files: repository → path → records; an error is thrown. */
function targetsOf(repositories: Readonly<Record<string, Readonly<Record<string, object>> | Error>>): TargetFiles {
  return {
    read: ({ target, blobs }) => {
      const files = repositories[target.repository] ?? {};
      if (files instanceof Error) return Promise.reject(files);
      const all = Object.entries(files).map(([path, records]) => {
        const content = bytes(records);
        return [path, { blob: blobId(content, tip), bytes: content }] as const;
      });
      const known = new Map(all);
      const asked = target.files.map(({ path }) => [path, known.get(path) ?? null] as const);
      const extra = all
        .filter(([, { blob }]) => blobs.includes(blob))
        .map(([, file]) => [file.blob, file.bytes] as const);
      return Promise.resolve({ tip, files: new Map(asked), blobs: new Map(extra) });
    },
    remember: () => undefined,
  };
}

interface Scene {
  readonly targets: object;
  readonly source: Readonly<Record<string, object>>;
  readonly repositories: Parameters<typeof targetsOf>[0];
  readonly baselines?: Baselines;
}

function compare({ targets, source, repositories, baselines = noBaselines }: Scene) {
  const route = routeOf(targets);
  const around = { source: sourceOf(source), targets: targetsOf(repositories), baselines };
  return { route, compared: compareRoute(route, around, signal) };
}

const change: ChangeDetected = {
  kind: "catalog",
  route: "models" as ChangeDetected["route"],
  revision: "r1",
  trigger: { kind: "manual", id: "7" },
  detectedAt: "2026-01-02T03:04:05.000Z",
  ordinal: 3,
};

function planOf(route: CatalogRoute, comparison: TargetComparison | undefined) {
  if (comparison?.kind !== "compared") throw new Error("a target that was compared");
  const plan = planDiff(comparison, { route, change, seq: 42 });
  const event = plan.event(plan.content === undefined ? undefined : "c".repeat(64));
  return { ...plan, id: event.id, diff: diffComputed.parse(event.subject, JSON.stringify(event.data)) };
}

const one = { one: { name: "one" } };
const two = { ...one, two: { name: "two" } };
const text = { repository: "acme/text", files: { text: "db.json" } };

test("a target gets a diff with counts, names, wanted bytes and what it was computed against", async () => {
  const { route, compared } = compare({
    targets: { main: text },
    source: { text: two },
    repositories: { "acme/text": { "db.json": one } },
  });

  const { diff, content, files } = planOf(route, (await compared)[0]);

  expect(diff).toMatchObject({ route: "models", target: "main", throughSeq: 42, ordinal: 3, failed: [] });
  expect(diff).toMatchObject({ counts: { added: 1, removed: 0, modified: 0 }, names: { added: ["two"] } });
  expect(diff.computedAgainst).toEqual({ branch: "main", tip, files: { "db.json": blobId(bytes(one), tip) } });
  expect(content?.categories).toMatchObject([{ category: "text", path: "db.json", baseRecords: 1, added: ["two"] }]);
  expect(files.map((file) => Buffer.from(file.bytes).toString())).toEqual([bytes(two).toString()]);
  expect(files[0]?.blob).toBe(blobId(bytes(two), tip));
});

test("a target in step gets an empty diff: that is how a stale pull request is closed", async () => {
  const { route, compared } = compare({
    targets: { main: text },
    source: { text: one },
    repositories: { "acme/text": { "db.json": one } },
  });

  const { diff, content } = planOf(route, (await compared)[0]);

  expect(content).toBeUndefined();
  expect(diff.content).toBeUndefined();
  expect(diff.counts).toEqual({ added: 0, removed: 0, modified: 0 });
});

test("equal wanted content is an equal diffId, whatever the file was before; other content is another", async () => {
  const idOf = async (source: object, file: object) => {
    const scene = {
      targets: { main: text },
      source: { text: source },
      repositories: { "acme/text": { "db.json": file } },
    };
    const { route, compared } = compare(scene);
    return planOf(route, (await compared)[0]).diff.diffId;
  };

  expect(await idOf(two, one)).toBe(await idOf(two, two));
  expect(await idOf(two, one)).not.toBe(await idOf(one, one));
});

test("a category that cannot be read leaves the others alone, and the diff names it (I10)", async () => {
  const files = { text: "db.json", image: "sd.json" };
  const { route, compared } = compare({
    targets: { main: { repository: "acme/text", files } },
    source: { text: two, image: new TransientError("SOURCE_UNAVAILABLE", "it answered 503", { hint: "wait" }) },
    repositories: { "acme/text": { "db.json": one, "sd.json": one } },
  });

  const { diff, content } = planOf(route, (await compared)[0]);

  expect(diff.failed).toEqual([{ part: "image", code: "SOURCE_UNAVAILABLE", message: "it answered 503 (wait)" }]);
  expect(content?.categories.map(({ category }) => category)).toEqual(["text"]);
});

test("the same change looked at again says something else when what failed was read: another id", async () => {
  const scene = { targets: { main: text }, repositories: { "acme/text": { "db.json": one } } };
  const failed = compare({ ...scene, source: { text: new TransientError("SOURCE_TIMEOUT", "slow") } });
  const read = compare({ ...scene, source: { text: one } });

  const before = planOf(failed.route, (await failed.compared)[0]);
  const after = planOf(read.route, (await read.compared)[0]);

  expect(before.id).not.toBe(after.id);
});

test("a repository that cannot be read leaves the other targets alone (I10)", async () => {
  const { compared } = compare({
    targets: { gone: { ...text, repository: "acme/gone" }, main: text },
    source: { text: two },
    repositories: {
      "acme/gone": new PermanentError("GIT_REPOSITORY_NOT_FOUND", "not there"),
      "acme/text": { "db.json": one },
    },
  });

  expect((await compared).map(({ kind }) => kind)).toEqual(["failed", "compared"]);
});

test("a source without records never empties a file, whatever is allowed (I7)", async () => {
  const { compared } = compare({
    targets: { main: text },
    source: { text: {} },
    repositories: { "acme/text": { "db.json": two } },
  });

  const [target] = await compared;

  const results = target?.kind === "compared" ? target.files.map(({ result }) => result) : [];
  expect(results).toMatchObject([{ code: "SOURCE_EMPTY" }]);
});

test("a record that only a person added since the last merge is told apart (I8)", async () => {
  const baseline = { "db.json": { blob: blobId(bytes(one), tip) } };
  const { route, compared } = compare({
    targets: { main: text },
    source: { text: { ...one, three: { name: "three" } } },
    // The merged file stands beside the present one, as git keeps it.
    repositories: { "acme/text": { "db.json": two, "as-merged.json": one } },
    baselines: { read: () => Promise.resolve(baseline) },
  });

  const { content } = planOf(route, (await compared)[0]);

  expect(content?.categories).toMatchObject([{ removed: ["two"], targetOnly: ["two"], added: ["three"] }]);
});

test("a missing file is made, a missing category of the target is not asked for", async () => {
  const { route, compared } = compare({
    targets: { main: text },
    source: { text: one },
    repositories: { "acme/text": {} },
  });

  const { diff, files } = planOf(route, (await compared)[0]);

  expect(diff.computedAgainst.files).toEqual({ "db.json": null });
  expect(files.map((file) => Buffer.from(file.bytes).toString())).toEqual([bytes(one).toString()]);
});
