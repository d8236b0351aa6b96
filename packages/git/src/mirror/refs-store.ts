import { formatDelta, formatRefs, parseRefs, type RefsDelta, type WantedRefs } from "@lockstep/shared/contracts";
import { PermanentError, type ContentStore } from "@lockstep/shared/runtime";

/** Wanted refs under the hash of their bytes, in the object store; the last few are remembered. */
export interface RefsStore {
  /** Returns the name, the hash of what is stored. */
  put(refs: WantedRefs): Promise<string>;
  /** The same refs as another content with changes; the other is no delta itself. */
  putDelta(refs: WantedRefs, delta: RefsDelta): Promise<string>;
  /** `undefined` when it is gone. PermanentError `CONTENT_UNREADABLE` for what this version cannot read. */
  get(name: string, signal: AbortSignal): Promise<WantedRefs | undefined>;
}

/** 55,000 refs take some 15 MB; a route needs what is wanted now and what was before. */
const remembered = 8;

export function refsStore(content: ContentStore): RefsStore {
  const recent = new Map<string, WantedRefs>();
  const remember = (name: string, refs: WantedRefs) => {
    recent.delete(name);
    recent.set(name, refs);
    const [oldest] = recent.keys();
    if (recent.size > remembered && oldest !== undefined) recent.delete(oldest);
    return refs;
  };
  const read = async (name: string, signal: AbortSignal): Promise<WantedRefs | RefsDelta | undefined> => {
    const known = recent.get(name);
    if (known !== undefined) return remember(name, known);
    const bytes = await content.get(name, signal);
    if (bytes === undefined) return undefined;
    const refs = parseRefs(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    if (refs === undefined) throw unreadable(name);
    return "base" in refs ? refs : remember(name, refs);
  };
  return {
    async put(refs) {
      const name = await content.put(Buffer.from(formatRefs(refs)));
      remember(name, refs);
      return name;
    },
    async putDelta(refs, delta) {
      const name = await content.put(Buffer.from(formatDelta(delta)));
      remember(name, refs);
      return name;
    },
    async get(name, signal) {
      const found = await read(name, signal);
      if (found === undefined || !("base" in found)) return found;
      const base = await read(found.base, signal);
      if (base === undefined) return undefined;
      if ("base" in base) throw unreadable(name);
      return remember(name, apply(base, found));
    },
  };
}

function apply({ refs: before }: WantedRefs, { head, changes }: RefsDelta): WantedRefs {
  const refs = new Map(before);
  for (const [name, oid] of changes) {
    if (oid === null) refs.delete(name);
    else refs.set(name, oid);
  }
  return { head, refs };
}

function unreadable(name: string): PermanentError {
  return new PermanentError("CONTENT_UNREADABLE", `the content ${name} is none that this version reads`, {
    hint: "Update this service: consumers are deployed before producers.",
  });
}
