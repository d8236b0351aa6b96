import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The JSON Schema of lockstep.yaml, draft-07, for editors. Every value may also be a `${reference}`. */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any", target: "draft-07" });
  return { $id: "https://lockstep.example/lockstep.schema.json", title: "lockstep.yaml", ...allowReferences(schema) };
}

type Schema = z.core.JSONSchema.JSONSchema;

const reference: Schema = { type: "string", pattern: "\\$\\{[^{}]+\\}" };

function allowReferences(schema: Schema): Schema {
  const { properties, items, additionalProperties, anyOf, oneOf } = schema;
  const copy = { ...schema };
  if (properties !== undefined)
    copy.properties = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, nested(value)]));
  if (isSchema(items)) copy.items = nested(items);
  if (isSchema(additionalProperties)) copy.additionalProperties = nested(additionalProperties);
  if (oneOf !== undefined) copy.oneOf = oneOf.map(allowReferences);
  if (anyOf !== undefined)
    // One reference is enough for all of a choice.
    copy.anyOf = anyOf.some(isRestricted)
      ? [...anyOf.map((one) => (isRestricted(one) ? one : allowReferences(one))), reference]
      : anyOf.map(allowReferences);
  if (!isRestricted(copy)) return copy;
  const { title, description, default: fallback, ...rest } = copy;
  const notes = Object.entries({ title, description, default: fallback }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(notes), anyOf: [rest, reference] };
}

function nested(schema: boolean | Schema): boolean | Schema {
  return isSchema(schema) ? allowReferences(schema) : schema;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A scalar that would refuse the text of a reference. A `const` tells kinds apart and is written out. */
function isRestricted(schema: Schema): boolean {
  if (schema.const !== undefined) return false;
  if (schema.type === "string") return [schema.pattern, schema.format, schema.enum].some((rule) => rule !== undefined);
  return schema.type === "integer" || schema.type === "number" || schema.type === "boolean";
}
