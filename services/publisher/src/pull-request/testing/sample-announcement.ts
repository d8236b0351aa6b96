import { DiffId, RouteName, TargetName, type CategoryChange, type FailedPart } from "@lockstep/shared/contracts";
import type { Announcement } from "../text/announcement.ts";

/** A category with these names, of which each counts once. */
export function sampleChange(names: Partial<CategoryChange> = {}): CategoryChange {
  const { added = [], removed = [], modified = [] } = names;
  const counts = { added: added.length, removed: removed.length, modified: modified.length };
  const rest = { baseBlob: null, wanted: "a".repeat(64), bytes: 1, baseRecords: 10, targetOnly: [], faults: [] };
  return { category: "text", path: "db.json", counts, baseCounts: counts, added, removed, modified, ...rest, ...names };
}

export interface Sample {
  readonly changes?: readonly CategoryChange[];
  readonly failed?: readonly FailedPart[];
  readonly kept?: readonly string[];
  readonly category?: string;
  readonly pullRequest?: Partial<Announcement["target"]["pullRequest"]>;
  readonly targetEdits?: "report" | "keep";
}

/** What the texts are made from. */
export function sampleAnnouncement(sample: Sample = {}): Announcement {
  const { changes = [], failed = [], kept = [], category, pullRequest, targetEdits = "report" } = sample;
  const categories = [...changes.map((change) => change.category), ...failed.map(({ part }) => part)];
  return {
    diff: {
      route: RouteName.parse("models"),
      target: TargetName.parse("text"),
      diffId: DiffId.parse("d".repeat(64)),
      trigger: { kind: "poll", id: "1" },
      detectedAt: "2025-03-05T12:34:56Z",
    },
    part: { categories, paths: {}, changes, failed, ...(category !== undefined && { category }) },
    source: "PRIMARY",
    target: { branch: "main", targetEdits, pullRequest: { noun: "models", ...pullRequest } },
    kept,
  };
}

/** `count` names. */
export function names(count: number, prefix = "model"): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}
