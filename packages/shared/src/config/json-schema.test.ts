import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { default as addFormats } from "ajv-formats";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { configJsonSchema } from "./json-schema.ts";

const root = join(import.meta.dirname, "../../../..");

// Draft-07 is what this version of the library knows by default: it refuses a schema that is not valid.
const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const validate = ajv.compile(Object(configJsonSchema()));

const route = (target: object) => ({
  routes: {
    text: {
      kind: "catalog",
      source: { url: "https://models.example", categories: ["a"] },
      targets: { t: { repository: "acme/web", ...target } },
    },
  },
});

test("the schema is valid draft-07 and says so", () => {
  expect(configJsonSchema()).toMatchObject({ $schema: "http://json-schema.org/draft-07/schema#" });
  expect(ajv.validateSchema(Object(configJsonSchema()))).toBe(true);
});

test("the example is valid", async () => {
  validate(parse(await readFile(join(root, "lockstep.example.yaml"), "utf8")));

  expect(validate.errors ?? []).toEqual([]);
});

test("the schema beside the example, which editors read, is this one", async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    join(root, "lockstep.schema.json"),
  );
});

test("a reference may stand for every value", () => {
  const pullRequest = { minChanges: "${N}", maxDeletions: "${M}", draft: "${D}", mode: "${MODE}", labels: ["${L}"] };

  expect(validate(route({ repository: "${OWNER}/web", branch: "${B}", pullRequest }))).toBe(true);
});

test.each([
  ["an unknown key", { ...route({}), colour: "blue" }],
  ["an unknown key of a target", route({ colour: "blue" })],
  ["a wrong type", route({ batch: 3 })],
  ["a value that is none of those allowed", route({ order: "upside-down" })],
  ["a name that is no token", { routes: { Text_X: route({}).routes.text } }],
  ["a kind that does not exist", { routes: { text: { ...route({}).routes.text, kind: "katalog" } } }],
  ["a missing source", { routes: { text: { kind: "catalog", targets: {} } } }],
])("%s is refused in the editor too", (_what, config) => {
  expect(validate(config)).toBe(false);
});
