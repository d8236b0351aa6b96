import { spawnSync } from "node:child_process";
import { assert, property } from "fast-check";
import { expect, test } from "vitest";
import { compareCategory } from "../compare-category.ts";
import { catalogRecords } from "../testing/arbitrary-catalog.ts";

const program =
  "import json, sys\nfor line in sys.stdin: print(json.dumps(json.dumps(json.loads(line), indent=4) + '\\n'))";
const python = spawnSync("python3", ["-c", "print('python')"], { encoding: "utf8", timeout: 10_000 });
const missing = python.stdout !== "python\n";
if (missing) process.stderr.write("new-file: python3 is not there, so nothing is compared with its json.dumps\n");

/** What `json.dumps(x, indent=4) + "\n"` writes for each text. */
function dumps(texts: readonly string[]): string[] {
  const input = `${texts.join("\n")}\n`;
  const { stdout } = spawnSync("python3", ["-c", program], {
    input,
    encoding: "utf8",
    timeout: 20_000,
    maxBuffer: 2 ** 26,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string);
}

test.skipIf(missing)("a new file is what Python's json.dumps writes", () => {
  const texts: string[] = [
    '{"a": {"empty": {}, "list": [], "float": 3.0, "big": 12345678901234567890, "small": 1e-07, "neg": -0.5}}',
    '{"10": {"x": "\\u007f \\u0001 \\b\\f\\n\\r\\t \\" \\\\ / \\u2028 é ключ 😀 \\ud800"}, "2": {}}',
  ];
  assert(
    property(catalogRecords, (records) => {
      const members = records.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
      if (members.length > 0) texts.push(`{${members.join(", ")}}`);
    }),
    { numRuns: 300 },
  );
  const ours = texts.map((source) => {
    const { wanted } = compareCategory({ source, target: null, options: { order: "target", targetEdits: "report" } });
    return wanted.kind === "write" ? wanted.bytes.toString() : "";
  });
  expect(ours).toEqual(dumps(texts));
});
