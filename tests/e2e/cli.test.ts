import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lockstep } from "./command.ts";
import { repository, route, startWorld, text, type World } from "./world.ts";

const records = { "Aurora-8B": { name: "Aurora-8B", parameters: 8 } };

describe("without a world", () => {
  test("no configuration is one clear error and exit code 2", async () => {
    const { code, err } = await lockstep(["check", "/no/such/lockstep.yaml"]);

    expect(code).toBe(2);
    expect(err).toContain("/no/such/lockstep.yaml");
    expect(err).toContain("CONFIG_UNREADABLE");
    expect(err).not.toMatch(/\n\s+at /);
  });

  test("a faulty configuration names every fault with path and line, and ends with 2", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-cli-"));
    const file = join(folder.path, "lockstep.yaml");
    await writeFile(
      file,
      "routes:\n  a:\n    kind: catalog\n    colour: red\n    source: { url: ftp://x }\n    targets: {}\n",
    );

    const { code, err } = await lockstep(["check", file]);

    expect(code).toBe(2);
    for (const fault of [`${file}:4  routes.a.colour`, `${file}:5  routes.a.source.url`, `${file}:6  routes.a.targets`])
      expect(err).toContain(fault);
  });

  test("a service with a faulty configuration ends with 2 too", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-cli-"));
    const file = join(folder.path, "lockstep.yaml");
    await writeFile(file, "routes: 5\n");

    const { code, err } = await lockstep(["run", "watcher", "--config", file]);

    expect({ code, named: err.includes(`${file}:1  routes`) }).toEqual({ code: 2, named: true });
  });

  test("a NATS that does not answer is one clear error within seconds and exit code 1", async () => {
    const started = performance.now();

    const { code, err } = await lockstep(["tail", "--nats", "nats://127.0.0.1:1"], { cwd: tmpdir() });

    expect(code).toBe(1);
    expect(err).toContain("nats://127.0.0.1:1");
    expect(err).toContain("NATS_UNREACHABLE");
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test("a console that does not answer says how to start one", async () => {
    const { code, err } = await lockstep(["status", "--console", "http://127.0.0.1:1"]);

    expect({ code, known: err.includes("CONSOLE_UNREACHABLE"), hint: err.includes("lockstep up") }).toEqual({
      code: 1,
      known: true,
      hint: true,
    });
  });

  test("wrong usage ends with 2", async () => {
    expect((await lockstep(["trigger"])).code).toBe(2);
    expect((await lockstep(["no-such-command"])).code).toBe(2);
    expect((await lockstep(["run", "no-such-service"])).code).toBe(2);
  });

  test("schema prints a JSON Schema with the routes", async () => {
    const { code, out } = await lockstep(["schema"]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: "lockstep.yaml", properties: { routes: { type: "object" } } });
  });

  test.for(["up", "run", "check", "schema", "diff", "trigger", "tail", "provision", "status"])(
    "%s --help has an example",
    async (command) => {
      const { code, out } = await lockstep([command, "--help"]);

      expect(code).toBe(0);
      expect(out).toContain(`Example:\n  lockstep ${command}`);
    },
  );
});

describe("beside running services", () => {
  let world: World;
  let common: string[];

  beforeAll(async () => {
    world = await startWorld({ records, target: {} });
    common = ["--config", world.config, "--nats", world.nats.url];
    world.start("watcher", "comparator", "publisher");
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test("diff says what would change, writes the wanted files and touches neither NATS nor the target", async () => {
    const output = join(world.folder, "wanted");
    const before = await world.bus.last("EVENTS", "lockstep.>");

    const { code, out } = await lockstep(["diff", route, "--config", world.config, "--output", output, "--json"], {
      env: { LOCKSTEP_CACHE: join(world.folder, "diff-cache") },
    });

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      { target: "text", categories: [{ path: "db.json", counts: { added: 1 } }] },
    ]);
    expect(await readFile(join(output, "text", "db.json"), "utf8")).toBe(text(records));
    expect(await readFile(join(output, "changes.diff"), "utf8")).toContain('+    "Aurora-8B": {');
    expect(world.forge.log.counts().pushes).toBe(0);
    expect(await world.bus.last("EVENTS", "lockstep.>")).toEqual(before);
  });

  test("trigger --wait follows a route to its pull request, and status and tail tell of it", async () => {
    const waited = await lockstep(["trigger", route, "--wait", "--json", ...common]);

    expect(waited.code).toBe(0);
    const { targets } = JSON.parse(waited.out) as { targets: { text: { outcome: { action: string; url: string } } } };
    expect(targets.text.outcome).toMatchObject({ action: "opened", number: 1 });

    const followed = await lockstep(["tail", route, "--from", "1", "--nats", world.nats.url], { until: "opened #1" });
    expect(followed.out).toMatch(/change-detected models by manual/);
    expect(followed.out).toContain("models.text +1 −0 ~0");
    expect(followed.out).toContain(targets.text.outcome.url);
  });

  test("trigger for a route that is not configured is wrong usage", async () => {
    const { code, err } = await lockstep(["trigger", "no-such-route", "--wait", ...common]);

    expect(code).toBe(2);
    expect(err).toContain(`routes: ${route}`);
  });

  test("status reads the console: each target, its last outcome, what is in flight and what waits", async () => {
    const console = world.start("console");
    await expect.poll(() => console.log(), { timeout: 15_000 }).toContain("listening");
    const address = /http:\/\/[\d.]+:\d+/.exec(console.log())?.[0] ?? "no address";

    const { code, out } = await lockstep(["status", "--json", "--console", address]);

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      connected: true,
      routes: [
        {
          name: route,
          inFlight: 0,
          waiting: 0,
          targets: [{ name: "text", repository, upToDate: true, lastOutcome: { action: "opened", number: 1 } }],
        },
      ],
    });
    const readable = await lockstep(["status", "--console", address]);
    expect(readable.out).toMatch(/models\t.*text \(acme\/models\)\tin step\topened/);
  });

  test("provision is safe to repeat", async () => {
    expect((await lockstep(["provision", ...common])).code).toBe(0);
    expect((await lockstep(["provision", ...common])).code).toBe(0);
  });
});

test("SIGTERM stops a service cleanly, with exit code 0", async () => {
  await using world = await startWorld({ records });
  const services = world.start("watcher", "comparator", "publisher", "console");
  await expect.poll(() => services.log(), { timeout: 15_000 }).toContain("listening");

  expect(await services.stop()).toBe(0);
});
