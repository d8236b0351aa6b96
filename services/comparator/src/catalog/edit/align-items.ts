import { canonicalText } from "../json/compare-json.ts";
import type { JsonValue } from "../json/json-value.ts";

/** Cells of the comparison table; longer lists are aligned at their ends only. */
const maxCells = 250_000;

/**
 * For each wanted item of a list the index of the present one whose place it takes, undefined where it is
 * new. Equal items are partners (a longest common subsequence); between them, the first ones left over on
 * both sides are, so that a change within an item stays small. Indexes only rise.
 */
export function alignItems(present: readonly JsonValue[], wanted: readonly JsonValue[]): (number | undefined)[] {
  const before = present.map(canonicalText);
  const after = wanted.map(canonicalText);
  const start = commonStart(before, after);
  const end = commonEnd(before.slice(start), after.slice(start));
  const middle = longestCommon(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const anchors = [
    ...after.slice(0, start).map((_, index) => ({ from: index, to: index })),
    ...middle.map(({ from, to }) => ({ from: from + start, to: to + start })),
    ...Array.from({ length: end }, (_, index) => ({
      from: before.length - end + index,
      to: after.length - end + index,
    })),
    { from: before.length, to: after.length },
  ];
  return fillGaps(anchors);
}

interface Anchor {
  readonly from: number;
  readonly to: number;
}

/** The last anchor stands behind both lists. */
function fillGaps(anchors: readonly Anchor[]): (number | undefined)[] {
  const partners: (number | undefined)[] = [];
  let next = 0;
  for (const { from, to } of anchors) {
    while (partners.length < to) {
      partners.push(next < from ? next : undefined);
      next += 1;
    }
    partners.push(from);
    next = from + 1;
  }
  return partners.slice(0, -1);
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  const index = before.findIndex((text, at) => text !== after[at]);
  return index === -1 ? before.length : index;
}

function commonEnd(before: readonly string[], after: readonly string[]): number {
  let length = 0;
  while (length < before.length && length < after.length && before.at(-1 - length) === after.at(-1 - length))
    length += 1;
  return length;
}

function longestCommon(before: readonly string[], after: readonly string[]): Anchor[] {
  const width = after.length + 1;
  if (before.length === 0 || after.length === 0 || before.length * after.length > maxCells) return [];
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let from = before.length - 1; from >= 0; from -= 1) {
    for (let to = after.length - 1; to >= 0; to -= 1) {
      const diagonal = lengths[(from + 1) * width + to + 1] ?? 0;
      const down = lengths[(from + 1) * width + to] ?? 0;
      const right = lengths[from * width + to + 1] ?? 0;
      lengths[from * width + to] = before[from] === after[to] ? diagonal + 1 : Math.max(down, right);
    }
  }
  const anchors: Anchor[] = [];
  let from = 0;
  let to = 0;
  while (from < before.length && to < after.length) {
    if (before[from] === after[to]) {
      anchors.push({ from, to });
      from += 1;
      to += 1;
    } else if ((lengths[(from + 1) * width + to] ?? 0) >= (lengths[from * width + to + 1] ?? 0)) from += 1;
    else to += 1;
  }
  return anchors;
}
