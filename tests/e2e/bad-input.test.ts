import { afterAll, beforeAll, expect, test } from "vitest";
import { deadLetter, prPublished, RouteName, trigger } from "@lockstep/shared/contracts";
import { startWorld, text, type ServiceProcess, type World } from "./world.ts";

/** One route for each way in which a source or a forge can fail, and one that is well. */
const sources = {
  html: { code: "SOURCE_NOT_JSON" },
  half: { code: "SOURCE_NOT_JSON" },
  absent: { code: "SOURCE_NOT_FOUND" },
  unknown: { code: "SOURCE_UNKNOWN_CATEGORY" },
  busy: { code: "SOURCE_UNAVAILABLE" },
  huge: { code: "SOURCE_TOO_LARGE" },
  list: { code: "SOURCE_NOT_AN_OBJECT" },
} as const;
const healthy = { "Aurora-8B": { name: "Aurora-8B" } };

let world: World;
let services: ServiceProcess;

beforeAll(async () => {
  world = await startWorld({
    records: healthy,
    configure: (config) => {
      const [usual] = Object.values(config.routes) as { source: { url: string }; targets: { text: object } }[];
      if (usual === undefined) throw new Error("the usual configuration has a route");
      const route = (category: string, target: object = usual.targets.text) => ({
        kind: "catalog",
        source: { url: usual.source.url, categories: [category], maxBytes: 100_000 },
        targets: { text: { ...target, files: { [category]: `${category}.json` } } },
        triggers: { interval: "1h" },
      });
      const unreachable = { ...route("text_generation"), source: { url: "http://127.0.0.1:1/api", categories: ["x"] } };
      return {
        ...config,
        routes: {
          healthy: route("text_generation", { repository: "acme/models", pullRequest: { maxDeletions: "100%" } }),
          unreachable: { ...unreachable, targets: { text: { repository: "acme/models", files: { x: "x.json" } } } },
          mixed: route("mixed"),
          nowhere: route("text_generation", { repository: "acme/no-such-repository" }),
          ...Object.fromEntries(Object.keys(sources).map((name) => [name, route(name)])),
        },
      };
    },
  });
  const base = new URL(world.source.url).pathname;
  for (const name of ["html", "half", "absent", "busy", "huge", "list"]) await world.source.replaceAll(name, healthy);
  await world.source.replaceAll("list", Buffer.from("[1, 2]\n"));
  await world.source.replaceAll("mixed", Buffer.from(text({ ...healthy, "No-Object": 5 })));
  const place = (name: string, effect: Parameters<typeof world.source.faults.add>[0]["effect"]) =>
    world.source.faults.add({ path: `${base}/${name}`, times: "always", effect });
  place("html", { kind: "html" });
  place("half", { kind: "half-json" });
  place("absent", { kind: "status", status: 404 });
  place("busy", { kind: "status", status: 503 });
  place("huge", { kind: "oversized", bytes: 200_000 });
  services = world.start("watcher", "comparator", "publisher");
});
afterAll(() => world[Symbol.asyncDispose]());

async function fire(route: string): Promise<number> {
  return (await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: crypto.randomUUID() })))
    .seq;
}

test.for(Object.entries(sources))(
  "a source that fails (%s) is one clear error that names the route, and nothing is written",
  async ([route, { code }]) => {
    const seq = await fire(route);

    const { subject, body } = await world.event(
      (message) => message.subject === `lockstep.pr-published.${route}.text`,
      seq,
    );

    const outcome = prPublished.parse(subject, body);
    expect(outcome.failed).toMatchObject([{ part: route, code }]);
    expect(outcome.number).toBeUndefined();
    expect([...world.forge.refs("acme/models").keys()]).not.toContain(`refs/heads/sync/${route}`);
  },
);

test("a source that cannot be reached is reported with its address and what to do", async () => {
  const seq = await fire("unreachable");

  const { subject, body } = await world.event(
    (message) => message.subject === "lockstep.pr-published.unreachable.text",
    seq,
  );

  const [failed] = prPublished.parse(subject, body).failed;
  expect(failed?.code).toBe("SOURCE_UNREACHABLE");
  expect(failed?.message).toContain("http://127.0.0.1:1/api");
  expect(failed?.message).toContain("source.url");
});

test("a repository that does not exist ends as a dead letter that names route, target and what to do", async () => {
  await fire("nowhere");

  const letter = await deadLetterOf("nowhere");

  expect(letter.code).toBe("GIT_REPOSITORY_NOT_FOUND");
  expect(letter.message).toContain("nowhere.text");
  expect(letter.message).toContain("acme/no-such-repository");
});

test("a trigger for a route that does not exist, and one whose body is no JSON, are dead letters", async () => {
  await fire("no-such-route");
  expect((await deadLetterOf("no-such-route")).code).toBe("ROUTE_UNKNOWN");

  await world.bus.publish({ subject: "lockstep.trigger.healthy", id: "broken", type: trigger.type, data: "no object" });
  expect((await deadLetterOf("healthy")).code).toBe("TRIGGER_INVALID");
});

test("a record that is no object is left out, and the others are carried over", async () => {
  const seq = await fire("mixed");

  const { subject, body } = await world.event((message) => message.subject === "lockstep.pr-published.mixed.text", seq);

  const { branch, counts } = prPublished.parse(subject, body);
  expect(counts.added).toBe(1);
  expect((await world.forge.readFile("acme/models", branch, "mixed.json")).toString()).toBe(text(healthy));
  const pull = world.forge.pulls("acme/models").find(({ headRef }) => headRef === branch);
  expect(pull?.body).toContain("No-Object");
});

test("a healthy route goes on beside all of them, and no failure shows a stack", async () => {
  const seq = await fire("healthy");

  const { subject, body } = await world.event(
    (message) => message.subject === "lockstep.pr-published.healthy.text",
    seq,
  );

  const outcome = prPublished.parse(subject, body);
  expect(outcome).toMatchObject({ action: "opened", counts: { added: 1 } });
  const file = await world.forge.readFile("acme/models", outcome.branch, "text_generation.json");
  expect(file.toString()).toBe(text(healthy));
  expect(services.log()).not.toContain('"stack"');
  expect(services.log()).not.toContain(world.forge.token);
});

async function deadLetterOf(route: string) {
  const stop = AbortSignal.timeout(30_000);
  for await (const { subject, body } of world.bus.tail("DEAD", {
    subjects: ["lockstep.dead.>"],
    from: 1,
    signal: stop,
  }))
    if (subject.split(".")[3] === route) return deadLetter.parse(subject, body);
  throw new Error(`no dead letter for ${route}`);
}
