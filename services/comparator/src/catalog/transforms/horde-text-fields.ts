import { membersByName, type JsonObject, type JsonValue } from "../json/json-value.ts";
import { parseText } from "../json/parse-json.ts";

/** A field's value, undefined where it has none, or why it is refused. */
export type FieldReading<Value> =
  | { readonly value: Value | undefined; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string };

/** The generation parameters that AI-Horde knows. */
const knownSettings = new Set(
  (
    "n frmtadsnsp frmtrmblln frmtrmspch frmttriminc max_context_length max_length rep_pen rep_pen_range " +
    "rep_pen_slope singleline temperature tfs top_a top_k top_p typical sampler_order use_default_badwordsids " +
    "stop_sequence min_p smoothing_factor dynatemp_range dynatemp_exponent"
  ).split(" "),
);

/** Beyond the range of a double, which is what clients read numbers into. */
const maxDigits = 308;

const billion = 1_000_000_000n;

/** A positive number, or a string that holds one, truncated to an integer of at least 1. */
export function readParameters(value: JsonValue | undefined): FieldReading<bigint> {
  if (value === undefined || (value.kind === "literal" && value.text === "null")) return required;
  if (value.kind !== "number" && value.kind !== "string") return { fault: "parameters must be numeric" };
  const text = value.kind === "number" ? value.text : value.value.trim();
  if (text === "") return required;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,6}))?$/i.exec(text);
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match ?? [];
  if (match === null || whole + fraction === "") return { fault: "parameters must be numeric" };
  const length = whole.length + Number(exponent);
  if (length > maxDigits) return { fault: "parameters must be a number in the range of a double" };
  const integer = BigInt(`0${(whole + fraction).padEnd(length, "0").slice(0, Math.max(length, 0))}`);
  return sign === "-" || integer === 0n ? { fault: "parameters must be positive" } : { value: integer };
}

const required = { fault: "parameters is required" } as const;

/** An object of known settings, or a string that holds one as JSON. Null, "" and {} are none. */
export function readSettings(value: JsonValue | undefined): FieldReading<JsonObject> {
  if (value === undefined || (value.kind === "literal" && value.text === "null")) return { value: undefined };
  if (value.kind === "string" && value.value.trim() === "") return { value: undefined };
  const settings = value.kind === "string" ? parseText(value.value) : value;
  if (settings === undefined) return { fault: "settings must be valid JSON" };
  if (settings.kind !== "object") return { fault: "settings must be a JSON dictionary" };
  const names = [...membersByName(settings).keys()];
  const unknown = names.filter((name) => !knownSettings.has(name));
  if (unknown.length > 0) return { fault: `settings contains invalid keys: [${unknown.join(", ")}]` };
  return { value: names.length === 0 ? undefined : settings };
}

/** The tags of a record with its style and its size, each once, by code point. */
export function readTags(
  value: JsonValue | undefined,
  { style, parameters }: { readonly style: string | undefined; readonly parameters: bigint | undefined },
): FieldReading<readonly string[]> {
  const listed = listTags(value);
  if (listed === undefined) return { fault: "tags must be a list of strings or a comma-separated string" };
  const size = parameters === undefined ? [] : [sizeTag(parameters)];
  const tags = new Set([...listed, style ?? "", ...size].map((tag) => tag.trim()));
  tags.delete("");
  return { value: [...tags].sort(byCodePoint) };
}

function listTags(value: JsonValue | undefined): string[] | undefined {
  if (value === undefined || (value.kind === "literal" && value.text === "null")) return [];
  if (value.kind === "string") return value.value.split(",");
  if (value.kind !== "array") return undefined;
  const tags = value.items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
  return tags.length === value.items.length ? tags : undefined;
}

/** Billions of parameters, half to even: 0.5 → `0B`, 1.5 → `2B`, 2.5 → `2B`, 13.2 → `13B`. */
function sizeTag(parameters: bigint): string {
  const whole = parameters / billion;
  const twice = (parameters % billion) * 2n;
  const up = twice > billion || (twice === billion && whole % 2n === 1n);
  return `${up ? whole + 1n : whole}B`;
}

/** `<` compares UTF-16 units, which order surrogates before U+E000 to U+FFFF; code points stand behind. */
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rank(left.charCodeAt(index)) - rank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
