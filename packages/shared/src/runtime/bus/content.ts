import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm, type ObjectInfo, type ObjectStore } from "@nats-io/obj";
import type { ContentStore } from "../content-store.ts";
import { BusError } from "./bus-error.ts";
import { unlessAborted } from "./link.ts";
import { contentBucket } from "./streams.ts";

const refreshAfterMs = 7 * 24 * 3_600_000;
const readLimitMs = 60_000;

/** The object store `content`. What is a week old is written anew, so that used content never expires. */
export function openContent(nc: NatsConnection): ContentStore {
  let opened: Promise<ObjectStore> | undefined;
  const store = () => {
    opened ??= new Objm(nc).open(contentBucket.name).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async put(bytes) {
      const name = sha256(bytes);
      await guarded("store content", async () => {
        const objects = await store();
        const known = await objects.info(name);
        const isFresh = known !== null && !known.deleted && Date.now() - Date.parse(known.mtime) < refreshAfterMs;
        // Content that was damaged would otherwise stay so until it is old enough to be written anew.
        if (isFresh && (await readWhole(objects, known)) !== undefined) return;
        await objects.putBlob({ name }, bytes);
      });
      return name;
    },
    async get(name, signal) {
      const limit = AbortSignal.timeout(readLimitMs);
      const read = () =>
        guarded("read content", async () => {
          const objects = await store();
          const known = await objects.info(name);
          return known === null || known.deleted ? undefined : readWhole(objects, known);
        });
      const bytes = await unlessAborted(signal, () => guarded("read content", () => unlessAborted(limit, read)));
      return bytes !== undefined && sha256(bytes) === name ? bytes : undefined;
    },
  };
}

/** An object's bytes, `undefined` if they are not those that were stored. */
async function readWhole(objects: ObjectStore, { name, nuid, chunks }: ObjectInfo): Promise<Uint8Array | undefined> {
  // The library waits for ever for parts that are missing.
  const stored = await objects.status({ subjects_filter: `$O.${contentBucket.name}.C.${nuid}` });
  if ((stored.streamInfo.state.subjects?.[`$O.${contentBucket.name}.C.${nuid}`] ?? 0) < chunks) return undefined;
  const result = await objects.get(name);
  if (result === null) return undefined;
  const [failure, bytes] = await Promise.all([result.error, collect(result.data)]);
  if (failure !== null && failure !== undefined) throw failure;
  return bytes;
}

/** Ends in nothing where the library finds that the digest is wrong; other failures are the object's `error`. */
async function collect(parts: ReadableStream<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return Buffer.concat(await Array.fromAsync(parts));
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function guarded<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new BusError("BUS_CONTENT_FAILED", `NATS could not ${what}: ${words}`, { cause: error });
  }
}
