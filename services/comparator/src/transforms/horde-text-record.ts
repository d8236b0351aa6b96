import type { RecordFault } from "../catalog-record.ts";
import { isZero } from "../json/compare-json.ts";
import type { JsonMember, JsonObject, JsonValue } from "../json/json-value.ts";
import { readParameters, readSettings, readTags, type FieldReading } from "./horde-text-fields.ts";

export interface HordeTextName {
  readonly name: string;
  readonly model: string;
}

/** A record that takes any of its three names, or what is wrong with it. */
export type HordeTextReading =
  | { readonly named: (key: string) => JsonObject }
  | { readonly faults: readonly RecordFault[] };

const defaultStyle = "generalist";

/** What legacy clients rely on being there, in the order they are written. */
const defaults: readonly (readonly [string, JsonValue])[] = [
  ["baseline", text("")],
  ["parameters", { kind: "literal", text: "null" }],
  ["description", text("")],
  ["version", text("1")],
  ["style", text(defaultStyle)],
  ["nsfw", { kind: "literal", text: "false" }],
];

/** Fields with a place of their own before the rest. */
const led = new Set(["name", "model_name", ...defaults.map(([field]) => field)]);

/**
 * One source record as the legacy repository has it: `name`, `model_name`, the fields with defaults in
 * their order, then the rest in the source's. A `display_name` or `tags` that the source lacks goes where the
 * repository has it: at the head of the rest, before anything but `url`. Every faulty field is reported.
 */
export function toHordeTextRecord(source: JsonObject, { name, model }: HordeTextName): HordeTextReading {
  const fields = new Map<string, JsonValue>();
  for (const member of source.members) fields.set(member.name, member.value);
  const parameters = readParameters(fields.get("parameters"));
  const settings = readSettings(fields.get("settings"));
  const style = readStyle(fields.get("style"));
  const explicitStyle = style.fault === undefined && style.value !== defaultStyle ? style.value : undefined;
  const tags = readTags(fields.get("tags"), { style: explicitStyle, parameters: parameters.value });
  const faults = [
    ...faultOf(name, "parameters", parameters),
    ...faultOf(name, "settings", settings),
    ...faultOf(name, "style", style),
    ...faultOf(name, "tags", tags),
  ];
  if (faults.length > 0) return { faults };

  setOrDelete(fields, "parameters", numberOf(parameters.value));
  setOrDelete(fields, "settings", settings.value);
  const rest = restOf(fields, { displayName: displayNameOf(model), tags: (tags.value ?? []).map(text) });
  const common: JsonMember[] = [
    { name: "model_name", value: text(model) },
    ...defaults.map(([field, value]) => ({ name: field, value: truthy(fields.get(field)) ?? value })),
    ...rest,
  ];
  return { named: (key) => ({ kind: "object", members: [{ name: "name", value: text(key) }, ...common] }) };
}

function readStyle(value: JsonValue | undefined): FieldReading<string> {
  const style = truthy(value);
  if (style === undefined) return { value: undefined };
  return style.kind === "string" ? { value: style.value } : { fault: "style must be a string" };
}

function restOf(
  fields: ReadonlyMap<string, JsonValue>,
  made: { readonly displayName: string; readonly tags: readonly JsonValue[] },
): JsonMember[] {
  const rest: JsonMember[] = [];
  for (const [name, value] of fields) {
    if (!led.has(name) && truthy(value) !== undefined) rest.push({ name, value });
  }
  const has = (name: string) => rest.some((member) => member.name === name);
  if (!has("display_name")) rest.unshift({ name: "display_name", value: text(made.displayName) });
  const tags: JsonMember = { name: "tags", value: { kind: "array", items: made.tags } };
  const place = rest.findIndex(({ name }) => name === "tags");
  if (place !== -1) rest.splice(place, 1, tags);
  else rest.splice(rest.findLastIndex(({ name }) => name === "display_name" || name === "url") + 1, 0, tags);
  return rest;
}

/** `-` and `_` are spaces, and several spaces one. */
function displayNameOf(model: string): string {
  return model.replace(/[-_ ]+/g, " ").trim();
}

/** Undefined for what Python calls falsy: null, false, zero, and empty strings, lists and objects. */
function truthy(value: JsonValue | undefined): JsonValue | undefined {
  switch (value?.kind) {
    case undefined:
      return undefined;
    case "string":
      return value.value === "" ? undefined : value;
    case "number":
      return isZero(value.text) ? undefined : value;
    case "literal":
      return value.text === "true" ? value : undefined;
    case "array":
      return value.items.length === 0 ? undefined : value;
    case "object":
      return value.members.length === 0 ? undefined : value;
  }
}

function faultOf(record: string, field: string, { fault }: FieldReading<unknown>): RecordFault[] {
  return fault === undefined ? [] : [{ record, field, message: fault }];
}

function setOrDelete(fields: Map<string, JsonValue>, name: string, value: JsonValue | undefined): void {
  if (value === undefined) fields.delete(name);
  else fields.set(name, value);
}

function numberOf(value: bigint | undefined): JsonValue | undefined {
  return value === undefined ? undefined : { kind: "number", text: value.toString() };
}

function text(value: string): JsonValue {
  return { kind: "string", value };
}
