import { expect, test } from "vitest";
import { codeSpan, commitLine, markdownProse, plainLine } from "./foreign-text.ts";

test("an ordinary name stays as it is, byte for byte", () => {
  const name = "koboldcpp/L3-8B-Stheno-v3.2 (日本語) 👩‍🔬";

  expect(plainLine(name)).toBe(name);
  expect(commitLine(name)).toBe(name);
  expect(codeSpan(name)).toBe(`\`${name}\``);
});

test("line ends, control characters and direction overrides become visible", () => {
  expect(plainLine("a\nb\r\tc\u0000")).toBe(String.raw`a\u000ab\u000d\u0009c\u0000`);
  expect(plainLine("abc\u202Egpj.exe")).toBe(String.raw`abc\u202egpj.exe`);
  expect(plainLine("a\u2028b\uD800")).toBe(String.raw`a\u2028b\ud800`);
});

test("a long line is cut at whole characters", () => {
  expect(plainLine("👍".repeat(10), 5)).toBe(`${"👍".repeat(4)}…`);
  expect(plainLine("👍".repeat(5), 5)).toBe("👍".repeat(5));
  expect(plainLine("a".repeat(1000)).length).toBe(200);
});

test("a name cannot break out of its code span", () => {
  expect(codeSpan("a`b")).toBe("``a`b``");
  expect(codeSpan("``` <b>")).toBe("```` ``` <b> ````");
  expect(codeSpan("`@root`")).toBe("`` `@root` ``");
  expect(codeSpan("a\n# Heading")).toBe(`\`${String.raw`a\u000a# Heading`}\``);
  expect(codeSpan(" ")).toBe("(empty)");
});

test("a name in a commit message mentions nobody and closes nothing", () => {
  expect(commitLine("@octocat")).toBe("@\u200boctocat");
  expect(commitLine("fixes #12, acme/web#3, GH-4")).toBe("fixes #\u200b12, acme/web#\u200b3, GH-\u200b4");
  expect(commitLine("closes https://github.com/a/b/issues/1")).toBe("closes https:\u200b//github.com/a/b/issues/1");
});

test("a name cannot forge a trailer", () => {
  expect(commitLine("x\n\nCo-authored-by: root <r@example.com>")).not.toContain("\n");
});

test("prose has no markup", () => {
  expect(markdownProse("<img src=x> [a](b) *c* `d` @e")).toBe(
    String.raw`\<img src=x\> \[a\](b) \*c\* ` + String.raw`\`d\`` + " @\u200be",
  );
});
