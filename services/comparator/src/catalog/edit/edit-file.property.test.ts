import { isDeepStrictEqual } from "node:util";
import { assert, constantFrom, property, record } from "fast-check";
import { expect, test } from "vitest";
import { compareCategory } from "../compare-category.ts";
import { readCatalog, type CatalogFile } from "../read/read-catalog.ts";
import { catalogRecords, readPlainly, styledText, textStyle } from "../testing/arbitrary-catalog.ts";

const question = record({
  source: catalogRecords,
  target: catalogRecords,
  sourceStyle: textStyle,
  targetStyle: textStyle,
  order: constantFrom<"target" | "source">("target", "source"),
  /** The target begins as the source, in another style, or has records of its own. */
  related: constantFrom("same", "mixed", "other"),
}).map(({ source, target, sourceStyle, targetStyle, order, related }) => {
  const others = related === "other" ? [] : source.filter((_, index) => related === "same" || index % 2 === 0);
  const names = new Set(others.map(([name]) => name));
  const records = related === "same" ? source : [...others, ...target.filter(([name]) => !names.has(name))];
  return {
    source: styledText(source, sourceStyle),
    target: styledText(records, targetStyle),
    targetStyle,
    order,
  };
});

function compare(source: string, target: string, order: "target" | "source") {
  return compareCategory({ source, target, options: { order, targetEdits: "report" } });
}

function catalogIn(text: string): CatalogFile {
  const reading = readCatalog(Buffer.from(text));
  if (reading.kind === "fault") throw new Error(reading.fault.message);
  return reading.catalog;
}

function textOf({ bytes, records, byName }: CatalogFile, name: string): string | undefined {
  const slot = records[byName.get(name) ?? -1];
  return slot && bytes.toString("utf8", slot.start, slot.end);
}

test("the edited file says what the source says, and editing it again changes nothing (I3)", () => {
  assert(
    property(question, ({ source, target, order }) => {
      const { wanted } = compare(source, target, order);
      const edited = wanted.kind === "write" ? wanted.bytes.toString() : target;
      expect(readPlainly(edited)).toEqual(readPlainly(source));
      expect(compare(source, edited, order).wanted).toEqual({ kind: "unchanged" });
    }),
    { numRuns: 400 },
  );
});

test("what is added, removed and modified is what a plain comparison finds", () => {
  assert(
    property(question, ({ source, target, order }) => {
      const { added, removed, modified } = compare(source, target, order);
      const [before, after] = [readPlainly(target), readPlainly(source)];
      const sorted = (names: readonly string[]) => [...names].sort();
      expect(sorted(added)).toEqual(sorted(Object.keys(after).filter((name) => !(name in before))));
      expect(sorted(removed)).toEqual(sorted(Object.keys(before).filter((name) => !(name in after))));
      const differing = Object.keys(after).filter(
        (name) => name in before && !isDeepStrictEqual(after[name], before[name]),
      );
      expect(sorted(modified.map(({ name }) => name))).toEqual(sorted(differing));
    }),
    { numRuns: 200 },
  );
});

test("untouched records keep their bytes, and the file its byte-order mark, line ends and end", () => {
  assert(
    property(question, ({ source, target, targetStyle, order }) => {
      const { wanted, removed, modified } = compare(source, target, order);
      if (wanted.kind === "unchanged") return;
      const edited = wanted.bytes.toString();
      const [before, after] = [catalogIn(target), catalogIn(edited)];
      const touched = new Set([...removed, ...modified.map(({ name }) => name)]);
      for (const name of before.byName.keys()) {
        if (!touched.has(name)) expect(textOf(after, name)).toBe(textOf(before, name));
      }
      expect(edited.startsWith("\ufeff")).toBe(targetStyle.bom);
      expect(/\}\s*$/.exec(edited)?.[0]).toBe(/\}\s*$/.exec(target)?.[0]);
      if (targetStyle.crlf && /\r\n./.test(target)) expect(edited).not.toMatch(/[^\r]\n/);
      if (!targetStyle.crlf) expect(edited).not.toContain("\r\n");
    }),
    { numRuns: 400 },
  );
});

test("order: target leaves what stays in its order; order: source takes the source's", () => {
  assert(
    property(question, ({ source, target, order }) => {
      const { wanted, added } = compare(source, target, order);
      if (wanted.kind === "unchanged") return;
      const names = (text: string) => catalogIn(text).records.map(({ name }) => name);
      const edited = names(wanted.bytes.toString());
      if (order === "source") expect(edited).toEqual(names(source));
      else {
        const staying = names(target).filter((name) => edited.includes(name));
        expect(edited.filter((name) => !added.includes(name))).toEqual(staying);
      }
    }),
    { numRuns: 200 },
  );
});
