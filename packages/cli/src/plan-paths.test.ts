import { parseConfig } from "@lockstep/shared/config";
import { expect, test } from "vitest";
import { planPaths } from "./plan-paths.ts";

test("the filters are the manifest and every component, as file and as folder", () => {
  const components = '{ backend: { path: backend }, models: { path: "catalogs/a[1].json" } }';
  const source = "source: { url: https://git.example/acme/studio.git }";
  const yaml = `routes: { studio: { kind: deployment, ${source}, components: ${components} } }`;
  const [route] = parseConfig(yaml, { file: "lockstep.yaml", env: {} }).routes.values();
  if (route?.kind !== "deployment") throw new Error("no deployment");

  expect(planPaths(route)).toEqual([
    "version.json",
    "backend",
    "backend/**",
    String.raw`catalogs/a\[1\].json`,
    String.raw`catalogs/a\[1\].json/**`,
  ]);
});
