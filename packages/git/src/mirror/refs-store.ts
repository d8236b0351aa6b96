import { formatRefs, parseRefs, type WantedRefs } from "@lockstep/shared/contracts";
import { PermanentError, type ContentStore } from "@lockstep/shared/runtime";

/** Wanted refs under their hash, in the object store; the last few are remembered. */
export interface RefsStore {
  /** Returns the name, the hash of what is stored. */
  put(refs: WantedRefs): Promise<string>;
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
  };
  return {
    async put(refs) {
      const name = await content.put(Buffer.from(formatRefs(refs)));
      remember(name, refs);
      return name;
    },
    async get(name, signal) {
      const known = recent.get(name);
      if (known !== undefined) return known;
      const bytes = await content.get(name, signal);
      if (bytes === undefined) return undefined;
      const refs = parseRefs(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
      if (refs === undefined)
        throw new PermanentError("CONTENT_UNREADABLE", `the content ${name} is none that this version reads`, {
          hint: "Update this service: consumers are deployed before producers.",
        });
      remember(name, refs);
      return refs;
    },
  };
}
