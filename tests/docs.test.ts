import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Codes as they are given to an error, an alert or a hold. */
const patterns = [
  /(?:Transient|Permanent|Later|Sync|Bus)Error\(\s*"([A-Z][A-Z0-9_]+)"/g,
  /\bcode: "([A-Z][A-Z0-9]*_[A-Z0-9_]+)"/g,
  /\bcode = "([A-Z][A-Z0-9]*_[A-Z0-9_]+)"/g,
];

async function codesInSource(): Promise<ReadonlySet<string>> {
  const codes = new Set<string>();
  for await (const file of glob("{packages,services}/*/src/**/*.ts", { cwd: root })) {
    if (file.includes(".test.ts") || file.includes("testing/")) continue;
    const text = await readFile(join(root, file), "utf8");
    for (const pattern of patterns)
      for (const [, code] of text.matchAll(pattern)) if (code !== undefined) codes.add(code);
  }
  return codes;
}

test("docs/operations.md explains every error code", async () => {
  const page = await readFile(join(root, "docs", "operations.md"), "utf8");
  const explained = new Set(page.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b|\bUSAGE\b|\bUNEXPECTED\b/g));

  const codes = await codesInSource();

  expect(codes.size).toBeGreaterThan(50);
  expect([...codes].filter((code) => !explained.has(code)).toSorted()).toEqual([]);
});

test("links in the documentation lead somewhere", async () => {
  const broken: string[] = [];
  for await (const file of glob("{README.md,docs/**/*.md}", { cwd: root })) {
    const text = await readFile(join(root, file), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const found = await readFile(join(root, file, "..", link)).catch(
        (error: NodeJS.ErrnoException) => error.code === "EISDIR",
      );
      if (found === false) broken.push(`${file} → ${link}`);
    }
  }
  expect(broken).toEqual([]);
});
