import { expect, test } from "vitest";
import { compareCategory } from "../compare-category.ts";

function transform(source: unknown, target: string | null = null, strict = false) {
  const text = typeof source === "string" ? source : JSON.stringify(source);
  return compareCategory({
    source: text,
    target,
    options: { order: "target", targetEdits: "report", transform: "horde-text", strict },
  });
}

/** What a source becomes, as text and parsed. */
function made(source: unknown) {
  const { wanted, faults, warnings } = transform(source);
  const text = wanted.kind === "write" ? wanted.bytes.toString() : "{}";
  return { text, faults, warnings, records: JSON.parse(text) as Record<string, Record<string, unknown>> };
}

const parameters = 7_000_000_000;

/** What becomes of the record `m`, or of its fault. */
function one(fields: object) {
  const { records, faults } = made({ m: { parameters, ...fields } });
  return { record: records["m"], fault: faults[0] };
}

test("rule 7: a base record becomes three in a row that differ in name only, in the legacy field order", () => {
  const { text } = made('{"org/My-Model_x":{"zeta":1.50,"url":"u","parameters":13200000000,"nsfw":true}}');
  const fields = `"model_name": "My-Model_x",
        "baseline": "",
        "parameters": 13200000000,
        "description": "",
        "version": "1",
        "style": "generalist",
        "nsfw": true,
        "display_name": "My Model x",
        "zeta": 1.50,
        "url": "u",
        "tags": [
            "13B"
        ]`;
  const entry = (name: string) => `    "${name}": {\n        "name": "${name}",\n        ${fields}\n    }`;
  const names = ["org/My-Model_x", "aphrodite/org/My-Model_x", "koboldcpp/My-Model_x"];
  expect(text).toBe(`{\n${names.map(entry).join(",\n")}\n}\n`);
});

test("rule 1: generated names in the input are dropped, and URLs refused", () => {
  const source = {
    "aphrodite/x": { parameters },
    "koboldcpp/x": { parameters },
    "https://host.example/x": { parameters },
    m: { parameters },
  };
  const { records, faults } = made(source);
  expect(Object.keys(records)).toEqual(["m", "aphrodite/m", "koboldcpp/m"]);
  expect(faults).toEqual([
    { record: "https://host.example/x", field: "name", message: "the name must not be a URL (it has `://`)" },
  ]);
});

test.each([
  [7e9, "7000000000"],
  ["7e9", "7000000000"],
  [" 6000000000 ", "6000000000"],
  ["13.9", "13"],
  [1.5, "1"],
  ["+2", "2"],
])("rule 2: parameters %j are %s", (value, text) => {
  expect(made({ m: { parameters: value } }).text).toContain(`"parameters": ${text},`);
});

test("rule 2: number text beyond a double's precision is kept, a fraction truncated", () => {
  expect(made('{"m":{"parameters":9007199254740993}}').text).toContain('"parameters": 9007199254740993,');
  expect(made('{"m":{"parameters":1.23456E+3}}').text).toContain('"parameters": 1234,');
});

test.each([
  [undefined, "parameters is required"],
  [null, "parameters is required"],
  ["", "parameters is required"],
  [true, "parameters must be numeric"],
  [false, "parameters must be numeric"],
  ["many", "parameters must be numeric"],
  ["Infinity", "parameters must be numeric"],
  ["1_000", "parameters must be numeric"],
  [[7], "parameters must be numeric"],
  [{}, "parameters must be numeric"],
  [0, "parameters must be positive"],
  [-5, "parameters must be positive"],
  [0.5, "parameters must be positive"],
  ["1e999", "parameters must be a number in the range of a double"],
])("rule 2: parameters %j are refused", (value, message) => {
  expect(one({ parameters: value }).fault).toEqual({ record: "m", field: "parameters", message });
});

test.each([null, "", "  ", {}, "{}"])("rule 3: settings %j are dropped", (settings) => {
  expect(one({ settings }).record).not.toHaveProperty("settings");
});

test("rule 3: a JSON string of settings is parsed, number text and all", () => {
  const { text } = made({ m: { parameters, settings: '{"temperature":3.0,"sampler_order":[6,0],"n":0}' } });
  expect(text).toContain('"temperature": 3.0,');
  expect(text).toContain('"n": 0');
});

test.each([
  ["{temperature: 1}", "settings must be valid JSON"],
  ["[1]", "settings must be a JSON dictionary"],
  ["null", "settings must be a JSON dictionary"],
  [[1], "settings must be a JSON dictionary"],
  [5, "settings must be a JSON dictionary"],
  [{ temperature: 1, foo: 1, bar: 2 }, "settings contains invalid keys: [foo, bar]"],
])("rule 3: settings %j are refused", (settings, message) => {
  expect(one({ settings }).fault).toEqual({ record: "m", field: "settings", message });
});

test("rule 3: all 24 generation parameters are known", () => {
  const known =
    "n frmtadsnsp frmtrmblln frmtrmspch frmttriminc max_context_length max_length rep_pen rep_pen_range rep_pen_slope " +
    "singleline temperature tfs top_a top_k top_p typical sampler_order use_default_badwordsids stop_sequence min_p " +
    "smoothing_factor dynatemp_range dynatemp_exponent";
  const settings = Object.fromEntries(known.split(" ").map((name) => [name, 1]));
  expect(Object.keys(settings)).toHaveLength(24);
  expect(one({ settings })).toMatchObject({ record: { settings }, fault: undefined });
});

test("rule 4: tags come from a list or a comma-separated string, trimmed, each once, with style and size", () => {
  expect(one({ tags: [" b ", "a", "b", ""] }).record).toMatchObject({ tags: ["7B", "a", "b"] });
  expect(one({ tags: "b, a ,,b", style: "chat" }).record).toMatchObject({ tags: ["7B", "a", "b", "chat"] });
  expect(one({}).record).toMatchObject({ tags: ["7B"], style: "generalist" });
});

test("rule 4: the default style is no tag, even where it is given", () => {
  expect(one({ style: "generalist" }).record).toMatchObject({ tags: ["7B"] });
  expect(one({ style: "generalist", tags: ["generalist"] }).record).toMatchObject({ tags: ["7B", "generalist"] });
});

test("rule 4: tags are sorted by code point", () => {
  expect(one({ tags: ["\uff5e", "😀", "z", "Z"] }).record).toMatchObject({ tags: ["7B", "Z", "z", "\uff5e", "😀"] });
});

test.each([
  [500_000_000, "0B"],
  [1_500_000_000, "2B"],
  [2_500_000_000, "2B"],
  [2_500_000_001, "3B"],
  [3_500_000_000, "4B"],
  [13_200_000_000, "13B"],
  [1, "0B"],
])("rule 4: %d parameters are tagged %s, rounded half to even", (parameters, tag) => {
  expect(one({ parameters }).record).toMatchObject({ tags: [tag] });
});

test.each([
  ["tags", [1], "tags must be a list of strings or a comma-separated string"],
  ["tags", { a: 1 }, "tags must be a list of strings or a comma-separated string"],
  ["tags", true, "tags must be a list of strings or a comma-separated string"],
  ["style", 5, "style must be a string"],
])("rule 4: %s %j is refused", (field, value, message) => {
  expect(one({ [field]: value }).fault).toEqual({ record: "m", field, message });
});

test("rule 5: name and model_name follow from the key, whatever the record says", () => {
  const { records } = made({ "a/b/c": { parameters, name: "x", model_name: "y" } });
  expect(records["a/b/c"]).toMatchObject({ name: "a/b/c", model_name: "b" });
  expect(Object.keys(records)).toEqual(["a/b/c", "aphrodite/a/b/c", "koboldcpp/b"]);
});

test("rule 5: a display name is made of the model name only where there is none", () => {
  const { records } = made({
    "o/-My__Model--7b_": { parameters },
    m: { parameters, display_name: "Mine" },
    n_x: { parameters, display_name: "" },
  });
  expect(records["o/-My__Model--7b_"]).toMatchObject({ display_name: "My Model 7b" });
  expect(records["m"]).toMatchObject({ display_name: "Mine" });
  expect(records["n_x"]).toMatchObject({ display_name: "n x" });
});

test("rule 5: a name without a model name is refused", () => {
  expect(made({ "org/": { parameters } }).faults).toMatchObject([{ record: "org/", field: "name" }]);
});

test("rule 6: falsy values are dropped, and defaults fill what is missing", () => {
  const { record } = one({ baseline: null, version: "", nsfw: 0, url: "", x: [], y: {}, z: 0.0, keep: " " });
  expect(record).toEqual({
    name: "m",
    model_name: "m",
    baseline: "",
    parameters,
    description: "",
    version: "1",
    style: "generalist",
    nsfw: false,
    display_name: "m",
    tags: ["7B"],
    keep: " ",
  });
});

test("rule 7: on a collision the last one counts, and it is reported", () => {
  const { records, warnings } = made({ "x/m": { parameters }, "y/m": { parameters, description: "last" } });
  expect(records["koboldcpp/m"]).toMatchObject({ name: "koboldcpp/m", description: "last" });
  expect(warnings).toEqual([
    { code: "GENERATED_NAME_COLLISION", message: "koboldcpp/m is generated by x/m and by y/m: the last one counts" },
  ]);
});

test("the transform of its own output is that output, byte for byte", () => {
  const { text } = made({
    "x/m": { parameters: "7.5e9", tags: "b,a", style: "chat", settings: '{"tfs":1.0}' },
    "y/m": { parameters, extra: { deep: [1, null] } },
    plain: { parameters, description: "é" },
  });
  expect(transform(text, text)).toMatchObject({ wanted: { kind: "unchanged" }, faults: [] });
  expect(made(text).text).toBe(text);
});

test("a bad record is left out with every fault, and the file keeps its old entries in place", () => {
  const target = made({ a: { parameters }, "o/bad": { parameters }, c: { parameters } }).text;
  const source = {
    a: { parameters },
    "o/bad": { parameters: 0, settings: "x" },
    c: { parameters, version: "2" },
    no: 5,
  };
  const { wanted, faults, removed, baseCounts } = transform(source, target);
  expect(faults.map(({ record, field }) => [record, field])).toEqual([
    ["o/bad", "parameters"],
    ["o/bad", "settings"],
    ["no", ""],
  ]);
  expect({ removed, baseCounts }).toEqual({ removed: [], baseCounts: { added: 0, removed: 0, modified: 1 } });
  expect(wanted.kind === "write" && wanted.bytes.toString()).toBe(
    made({ a: { parameters }, "o/bad": { parameters }, c: { parameters, version: "2" } }).text,
  );
});

test("strict: a bad record aborts, named with its field", () => {
  const error = expect.objectContaining({
    code: "SOURCE_RECORDS_REFUSED",
    message: "record m, field parameters: parameters is required (and 1 more)",
  }) as Error;
  expect(() => transform({ m: { settings: 5 } }, null, true)).toThrow(error);
});
