import type { FaultSet, PlaceableFault } from "../fault-set.ts";

/** What a fault does to a request of the source. */
export type SourceEffect =
  /** `{"detail"}` as FastAPI answers errors. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly detail?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** A proxy's page instead of JSON, with status 200. */
  | { readonly kind: "html" }
  /** The first half of the body, complete by its Content-Length. */
  | { readonly kind: "half-json" }
  /** The connection is cut: before an answer, or in the middle of it. */
  | { readonly kind: "drop"; readonly when: "before" | "midway" }
  | { readonly kind: "slow"; readonly ms: number }
  /** A valid JSON object of so many bytes, with its length announced or not. */
  | { readonly kind: "oversized"; readonly bytes: number; readonly chunked?: boolean }
  /** `{}`: a source that has lost everything. */
  | { readonly kind: "empty" }
  /** Metadata says null. */
  | { readonly kind: "null-metadata" }
  /** Metadata says another time: later by so many seconds, or earlier. */
  | { readonly kind: "shift-metadata"; readonly seconds: number };

export type SourceFault = PlaceableFault<SourceEffect>;
export type SourceFaults = FaultSet<SourceEffect>;
