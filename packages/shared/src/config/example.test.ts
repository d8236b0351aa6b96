import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { RouteName } from "../contracts/names.ts";
import { loadConfig } from "./load-config.ts";
import { configSchema } from "./schema.ts";

const file = join(import.meta.dirname, "../../../../lockstep.example.yaml");

test("the example is right without any variable set, and all that is absent is what it references", async () => {
  const { routes, absent } = await loadConfig(file, { env: {}, strict: true });

  expect([...routes.keys()]).toEqual(["image-models", "text-models", "studio", "website"]);
  expect(absent.map((line) => line.split(":")[0])).toEqual([
    "nats.password",
    "nats.token",
    "nats.credentials",
    "github.app.id",
    "github.app.installationId",
    "github.app.privateKeyPath",
    "github.token",
    "webhooks.secret",
    "routes.text-models.source.token",
    "routes.studio.source.token",
    "routes.website.source.auth.token",
    "updater.adminToken",
  ]);
});

test("the shortest route of the example gets what its readers expect", async () => {
  const { routes } = await loadConfig(file, { env: {} });
  const route = routes.get(RouteName.parse("image-models"));

  expect(route?.targets).toMatchObject([
    {
      name: "image",
      repository: "Haidra-Org/AI-Horde-image-model-reference",
      branch: "main",
      files: [{ category: "image_generation", path: "stable_diffusion.json", strict: false }],
      batch: true,
    },
  ]);
  expect(route?.triggers).toMatchObject({ policy: "both", interval: 60_000, reconcile: 3_600_000 });
});

test("the example shows every key there is, and tells editors its schema in its first line", async () => {
  const text = await readFile(file, "utf8");
  const keys = keysOf(z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }));

  expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./lockstep.schema.json");
  expect(keys.size).toBeGreaterThan(60);
  expect([...keys].filter((key) => !new RegExp(`^[\\s#-]*${key}:`, "m").test(text))).toEqual([]);
});

/** The name of every property anywhere in a JSON Schema. */
function keysOf(schema: unknown): ReadonlySet<string> {
  if (typeof schema !== "object" || schema === null) return new Set();
  const own = "properties" in schema ? Object.keys(Object(schema.properties)) : [];
  return new Set([...own, ...Object.values(schema).flatMap((value) => [...keysOf(value)])]);
}
