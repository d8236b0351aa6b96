import type { RecordFault } from "../read/catalog-record.ts";
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

  const made: MadeFields = {
    settings: settings.value,
    display_name: text(displayNameOf(model)),
    tags: { kind: "array", items: (tags.value ?? []).map(text) },
  };
  fields.set("parameters", { kind: "number", text: String(parameters.value) });
  const members: JsonMember[] = [{ name: "model_name", value: text(model) }];
  for (const [field, value] of defaults) members.push({ name: field, value: truthy(fields.get(field)) ?? value });
  addRest(members, fields, made);
  return { named: (key) => ({ kind: "object", members: [{ name: "name", value: text(key) }, ...members] }) };
}

/** Fields of the rest that are made anew; undefined where there is none. */
interface MadeFields {
  readonly settings: JsonValue | undefined;
  readonly display_name: JsonValue;
  readonly tags: JsonValue;
}

function addRest(members: JsonMember[], fields: ReadonlyMap<string, JsonValue>, made: MadeFields): void {
  const add = (name: string, value: JsonValue) => members.push({ name, value });
  const present = (name: string) => truthy(fields.get(name)) !== undefined;
  if (!present("display_name")) add("display_name", made.display_name);
  let tagsAt = members.length;
  for (const [name, value] of fields) {
    if (led.has(name) || truthy(value) === undefined) continue;
    if (name === "settings") {
      if (made.settings !== undefined) add(name, made.settings);
    } else add(name, name === "tags" ? made.tags : value);
    if (name === "display_name" || name === "url") tagsAt = members.length;
  }
  if (!present("tags")) members.splice(tagsAt, 0, { name: "tags", value: made.tags });
}

function readStyle(value: JsonValue | undefined): FieldReading<string> {
  const style = truthy(value);
  if (style === undefined) return { value: undefined };
  return style.kind === "string" ? { value: style.value } : { fault: "style must be a string" };
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

function text(value: string): JsonValue {
  return { kind: "string", value };
}
