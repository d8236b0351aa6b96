import { diffComputed, type DiffComputed } from "./diff-computed.ts";
import { mirrorDiff, type MirrorDiff } from "./mirror-diff.ts";

/** What the publisher takes: the diffs of catalogs and of mirrors. The subject's kind says which it is. */
export type PublishedDiff = (DiffComputed & { readonly kind: "catalog" }) | MirrorDiff;

export const publishedDiff = {
  type: diffComputed.type,
  /** Throws as the contracts do, and a TypeError for a kind that has no publisher. */
  parse(subject: string, body: string): PublishedDiff {
    const kind = subject.split(".")[2];
    if (kind === "mirror") return mirrorDiff.parse(subject, body);
    const diff = diffComputed.parse(subject, body);
    if (diff.kind === "catalog") return { ...diff, kind: diff.kind };
    throw new TypeError(`${subject} is no diff of a catalog or a mirror`);
  },
};
