import { expect, test } from "vitest";
import { RouteName } from "../contracts/names.ts";
import { parseConfig } from "./load-config.ts";

const source = "source: { url: https://git.example/acme/studio.git }";

function parse(route: string, rest = "") {
  return parseConfig(`routes: { studio: { kind: deployment, ${source}, ${route} } }\n${rest}`, {
    file: "lockstep.yaml",
    env: {},
  });
}

function studio(route: string) {
  return parse(route).routes.get(RouteName.parse("studio"));
}

test("the least a deployment can say is offered to every installation at once, by a person's click", () => {
  expect(studio("components: { backend: { path: backend } }")).toMatchObject({
    kind: "deployment",
    source: { branch: "main", manifest: "version.json", identity: "git.example/acme/studio" },
    components: [{ name: "backend", path: "backend", restart: false }],
    apply: "manual",
    rollout: { waves: [{ percent: 100 }], soak: 300_000, onFailure: "halt", pins: {} },
    targets: [],
  });
});

test.each([
  ["a path that leads out", "components: { a: { path: ../etc } }", "inside the repository"],
  ["a component that is no folder's name", 'components: { "../a": { path: a } }', "must be 1 to 64"],
  ["no component", "components: {}", "needs a component"],
  ["restart and reload", "components: { a: { path: a, restart: true, reload: { signal: SIGHUP } } }", "not both"],
  ["a reload without a way", "components: { a: { path: a, reload: {} } }", "either url or signal"],
  [
    "a time zone that does not exist",
    "components: { a: { path: a } }, rollout: { windows: [{ cron: 0 2 * * *, duration: 1h, timeZone: Mars/Base }] }",
    "time zone",
  ],
  ["a pin that is no commit", "components: { a: { path: a } }, rollout: { pins: { gpu-1: v2 } }", "git object id"],
  ["a wave that is none", "components: { a: { path: a } }, rollout: { waves: [] }", "waves"],
])("%s is refused", (_what, route, message) => {
  expect(() => parse(route)).toThrow(message);
});

test("an updater may say in one word how it switches, and follows a deployment route only", () => {
  const components = "components: { a: { path: a } }";
  const section = (route: string) =>
    `updater: { route: ${route}, instance: gpu-1, root: /opt/studio, switch: overlap }`;

  expect(parse(components, section("studio")).updater).toMatchObject({
    instance: "gpu-1",
    switch: { way: "overlap", drain: 30_000 },
    listen: { host: "0.0.0.0", port: 8080 },
    keepReleases: 3,
  });
  expect(() => parse(components, section("other"))).toThrow("there is no deployment route other");
});
