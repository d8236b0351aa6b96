import { parseConfig } from "@lockstep/shared/config";
import { RouteName } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { decideUpdate } from "./take-update.ts";

const source = "source: { url: https://git.example/acme/studio.git }, components: { a: { path: a } }";
const { routes } = parseConfig(`routes: { studio: { kind: deployment, ${source} } }`, {
  file: "lockstep.yaml",
  env: {},
});
const route = RouteName.parse("studio");

test.each(["applied", "rolled-back", "failed"] as const)(
  "an installation that reports %s moves its rollout",
  (result) => {
    expect(decideUpdate({ route, result }, routes)?.name).toBe("studio");
  },
);

test.each(["offered", "up-to-date", "blocked"] as const)(
  "%s moves nothing: the look that it would cause would cause it again",
  (result) => {
    expect(decideUpdate({ route, result }, routes)).toBeUndefined();
  },
);

test("what is repeated moves nothing, nor does a route that is not configured", () => {
  expect(decideUpdate({ route, result: "applied", repeated: true }, routes)).toBeUndefined();
  expect(decideUpdate({ route: RouteName.parse("other"), result: "applied" }, routes)).toBeUndefined();
});
