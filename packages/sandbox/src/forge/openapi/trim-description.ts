import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** What validation does not need. */
const unneeded = new Set(["description", "example", "examples", "externalDocs", "summary", "tags", "title", "default"]);

/**
 * GitHub's description of its REST API, from the development dependency `@octokit/openapi`: the one JSON file, because
 * the package's index loads a gigabyte.
 */
export function readWholeDescription(): JsonObject {
  const require = createRequire(import.meta.url);
  const index = require.resolve("@octokit/openapi");
  return JSON.parse(readFileSync(new URL("generated/api.github.com.json", `file://${index}`), "utf8")) as JsonObject;
}

/** The named operations with the schemas they need and nothing else. Throws where the description lacks one. */
export function trimDescription(whole: JsonObject, operationIds: Iterable<string>): JsonObject {
  const wanted = new Set(operationIds);
  const paths: JsonObject = {};
  for (const [path, item] of Object.entries(asObject(whole["paths"])))
    for (const [method, operation] of Object.entries(asObject(item))) {
      const { operationId, parameters, requestBody, responses } = asObject(operation);
      if (typeof operationId !== "string" || !wanted.delete(operationId)) continue;
      const parts = { operationId, parameters, requestBody, responses };
      const present = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
      paths[path] = { ...asObject(paths[path] ?? {}), [method]: trimOperation(whole, present as JsonObject) };
    }
  if (wanted.size > 0) throw new Error(`GitHub's description has no operation ${[...wanted].join(", ")}`);
  const info = { title: "Part of GitHub's REST API", version: asObject(whole["info"])["version"] ?? "" };
  return { openapi: whole["openapi"] ?? "", info, paths, components: { schemas: collectSchemas(whole, paths) } };
}

function trimOperation(whole: JsonObject, operation: JsonObject): JsonObject {
  const inlined = asObject(inlineParts(whole, operation));
  const responses = Object.entries(asObject(inlined["responses"])).map(([status, response]) => {
    const { content } = asObject(response);
    return [status, content === undefined ? { description: "" } : { description: "", content: onlyJson(content) }];
  });
  return { ...asObject(clean(inlined, "thing")), responses: Object.fromEntries(responses) as JsonObject };
}

function onlyJson(content: Json): Json {
  const json = asObject(content)["application/json"];
  return json === undefined ? {} : { "application/json": { schema: clean(asObject(json)["schema"] ?? {}, "thing") } };
}

/** Parameters and responses are put in place; schemas stay references. */
function inlineParts(whole: JsonObject, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => inlineParts(whole, item));
  if (value === null || typeof value !== "object") return value;
  const reference = value["$ref"];
  if (typeof reference === "string" && !reference.startsWith("#/components/schemas/"))
    return inlineParts(whole, resolve(whole, reference));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inlineParts(whole, item)]));
}

function resolve(whole: JsonObject, reference: string): Json {
  const steps = reference.slice(2).split("/");
  return steps.reduce<Json>((value, step) => asObject(value)[step] ?? {}, whole);
}

/** The schemas that are referred to, directly or by others. */
function collectSchemas(whole: JsonObject, from: Json): JsonObject {
  const schemas: JsonObject = {};
  const visit = (value: Json): void => {
    if (value === null || typeof value !== "object") return;
    if (!Array.isArray(value) && typeof value["$ref"] === "string") {
      const name = value["$ref"].split("/").at(-1) ?? "";
      if (name in schemas) return;
      const schema = clean(resolve(whole, value["$ref"]), "thing");
      schemas[name] = schema;
      return visit(schema);
    }
    return Object.values(value).forEach(visit);
  };
  visit(from);
  return Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Drops what validation does not need. In a map of names (`properties`) every key is a name and stays. `nullable`
 * without a type is dropped too: it means nothing in OpenAPI 3.0, and ajv refuses it.
 */
function clean(value: Json, as: "thing" | "names"): Json {
  if (Array.isArray(value)) return value.map((item) => clean(item, "thing"));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key]) => {
    if (as === "names") return true;
    return !unneeded.has(key) && !key.startsWith("x-") && (key !== "nullable" || value["type"] !== undefined);
  });
  return Object.fromEntries(
    entries.map(([key, item]) => [key, clean(item, as === "thing" && key === "properties" ? "names" : "thing")]),
  );
}

function asObject(value: Json | undefined): JsonObject {
  return value as JsonObject;
}
