import { Agent } from "undici";
import { z } from "zod";
import type { CatalogRoute } from "../config/config.ts";
import { TransientError } from "../runtime/errors.ts";
import { ask, type Answer } from "./ask.ts";
import { statusError } from "./status-error.ts";
import { validatorsOf, type Validators } from "./validators.ts";

type SourceOptions = Omit<CatalogRoute["source"], "categories" | "name">;

/** A category's bytes as the source serves them now, or word that they are the ones whose validator was sent. */
export type CategoryAnswer = {
  /** The source's clock when it answered, in milliseconds since the epoch; `undefined` where it does not say. */
  readonly dateMs: number | undefined;
} & (
  | { readonly kind: "content"; readonly bytes: Uint8Array; readonly validators: Validators }
  | { readonly kind: "unchanged" }
);

/**
 * The HTTP source of a catalog route: what watcher and comparator must read alike (spec: catalog, Source).
 * Failures are TransientError or PermanentError with codes SOURCE_*; a fired signal is its reason.
 */
export interface CatalogSource extends AsyncDisposable {
  /**
   * Seconds since the epoch, of one category or of all; null where the source knows none; `undefined` where it
   * serves no metadata (404, 503), which is no failure: content hashes tell as much.
   */
  lastUpdated(category: string | undefined, signal: AbortSignal): Promise<number | null | undefined>;
  /** The bytes of a category, whatever they are. `validators`: those of an earlier answer. */
  category(name: string, signal: AbortSignal, validators?: Validators): Promise<CategoryAnswer>;
}

const metadataSchema = z.object({ last_updated: z.int().nullable() });
const metadataMaxBytes = 64 * 1024;

/** Opens a source, with one kept-alive connection of its own. It is asked only when it is called. */
export function openCatalogSource(source: SourceOptions): CatalogSource {
  const agent = new Agent({ connections: 1, keepAliveTimeout: 5 * 60_000, connect: { timeout: source.timeout } });
  const get = (path: string, signal: AbortSignal, validators?: Validators) =>
    ask({ source, agent, url: `${source.url}/${path}`, validators }, signal);
  return {
    async lastUpdated(category, signal) {
      const { lastUpdated, categoryLastUpdated } = source.paths;
      const path = category === undefined ? lastUpdated : named(categoryLastUpdated, category);
      const answer = await get(path, signal);
      if (answer.status === 404 || answer.status === 503) {
        await answer.discard();
        return undefined;
      }
      await refuse(answer);
      return parseMetadata(await answer.bytes(metadataMaxBytes), answer.url);
    },
    async category(name, signal, validators = {}) {
      const answer = await get(named(source.paths.category, name), signal, validators);
      const dateMs = Date.parse(answer.headers.get("date") ?? "") || undefined;
      const asked = validators.etag !== undefined || validators.lastModified !== undefined;
      if (answer.status === 304 && asked) {
        await answer.discard();
        return { kind: "unchanged", dateMs };
      }
      await refuse(answer);
      const bytes = await answer.bytes(source.maxBytes);
      return { kind: "content", bytes, validators: validatorsOf(answer.headers), dateMs };
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}

function named(path: string, category: string): string {
  return path.replaceAll("{category}", encodeURIComponent(category));
}

/** Anything but 200 is a failure that says what it means. */
async function refuse(answer: Answer): Promise<void> {
  if (answer.status === 200) return;
  await answer.discard();
  throw statusError(answer, Date.now());
}

function parseMetadata(bytes: Uint8Array, url: string): number | null {
  try {
    return metadataSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).last_updated;
  } catch (error) {
    throw new TransientError("SOURCE_NOT_JSON", `${url} did not answer {"last_updated": seconds or null}`, {
      cause: error,
      hint: "is source.url the API's address, or does a proxy answer in its place?",
    });
  }
}
