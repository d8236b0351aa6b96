import { MirrorProgress } from "@lockstep/shared/contracts";
import { z } from "zod";

/** The publisher's memory of a mirror's destination, stored with the watermark. */
const MirrorRecord = z.object({
  version: z.literal(1),
  ...MirrorProgress.shape,
  /** What `acknowledged` was read for: of another destination, or for other refs of it, it says nothing. */
  scope: z.string(),
  /** Refs that the destination refused → the value that it refused ("" a deletion), and why. */
  refused: z.record(z.string(), z.object({ to: z.string(), reason: z.string() })),
  /** Why deletions are held, and the content that an alert was sent for. */
  held: z.object({ code: z.string(), cause: z.string() }).optional(),
});
export type MirrorRecord = z.infer<typeof MirrorRecord>;

/** Where nothing is known, the destination is read. */
function emptyRecord(scope: string): MirrorRecord {
  return { version: 1, scope, refused: {} };
}

/** What was stored for this scope; an empty record for anything else. */
export function readMirrorRecord(stored: unknown, scope: string): MirrorRecord {
  const { data } = MirrorRecord.safeParse(stored);
  return data?.scope === scope ? data : emptyRecord(scope);
}

/** More exceptions than this are not worth keeping: the destination is read instead. */
const mostExceptions = 1000;

/** The refs that a destination has, as those of a content with exceptions; undefined if that would be too long. */
export function describePresent(
  content: { readonly name: string; readonly refs: ReadonlyMap<string, string> },
  present: ReadonlyMap<string, string>,
): MirrorProgress["acknowledged"] {
  const except: Record<string, string | null> = {};
  if (present === content.refs) return { content: content.name, except };
  let count = 0;
  for (const ref of content.refs.keys()) if (!present.has(ref)) [except[ref], count] = [null, count + 1];
  for (const [ref, oid] of present) if (content.refs.get(ref) !== oid) [except[ref], count] = [oid, count + 1];
  return count > mostExceptions ? undefined : { content: content.name, except };
}

/** The opposite. */
export function restorePresent(
  content: ReadonlyMap<string, string>,
  except: Readonly<Record<string, string | null>>,
): ReadonlyMap<string, string> {
  const exceptions = Object.entries(except);
  if (exceptions.length === 0) return content;
  const present = new Map(content);
  for (const [ref, oid] of exceptions) {
    if (oid === null) present.delete(ref);
    else present.set(ref, oid);
  }
  return present;
}
