import { expect, test } from "vitest";
import { rewriteReasons } from "./report-status.ts";

const packet = (text: string) => (text.length + 4).toString(16).padStart(4, "0") + text;

test("a refused ref gets its reason, the others and what the hook said stay", () => {
  const report = `${packet("unpack ok\n")}${packet("ok refs/heads/a\n")}${packet("ng refs/heads/main hook declined\n")}0000`;
  const answer = `${packet("\u0002error: words\n")}${packet(`\u0001${report}`)}0000`;

  const rewritten = rewriteReasons(Buffer.from(answer), (ref) => (ref === "refs/heads/main" ? "protected" : undefined));

  const expected = `${packet("unpack ok\n")}${packet("ok refs/heads/a\n")}${packet("ng refs/heads/main protected\n")}0000`;
  expect(rewritten.toString()).toBe(`${packet("\u0002error: words\n")}${packet(`\u0001${expected}`)}0000`);
});

test("an answer without a report stays as it is", () => {
  const answer = Buffer.from(`${packet("ERR something\n")}0000`);

  expect(rewriteReasons(answer, () => "x")).toEqual(answer);
});
