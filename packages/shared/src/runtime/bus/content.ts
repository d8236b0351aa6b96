import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm, type ObjectInfo, type ObjectStore } from "@nats-io/obj";
import type { ContentStore } from "../content-store.ts";
import { busFailure } from "./bus-failure.ts";
import { BusError } from "./bus-error.ts";
import { unlessAborted } from "./link.ts";
import { contentBucket } from "./streams.ts";

const refreshAfterMs = 7 * 24 * 3_600_000;
const readLimitMs = 60_000;
/** What a stored object may become: far above what a source may serve, far below what ends a process. */
const longestContent = 512 * 1024 ** 2;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

interface Connection {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
}

/**
 * The object store `content`, compressed: a catalog's text becomes a tenth, and each part costs a write on the disk.
 * What is a week old is written anew, so that used content never expires.
 */
export function openContent({ nc, jsm }: Connection): ContentStore {
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
        if (isFresh && (await readWhole(jsm, known)) !== undefined) return;
        await objects.putBlob({ name }, await compress(bytes));
      });
      return name;
    },
    async get(name, signal) {
      const limit = AbortSignal.timeout(readLimitMs);
      const read = () =>
        guarded("read content", async () => {
          const known = await (await store()).info(name);
          return known === null || known.deleted ? undefined : readWhole(jsm, known);
        });
      return unlessAborted(signal, () => guarded("read content", () => unlessAborted(limit, read)));
    },
  };
}

/**
 * An object's bytes, `undefined` if they are not those that its name says. Part by part: the library's own reading
 * makes a consumer, which takes longer than the parts do, and waits for ever for parts that are missing.
 */
async function readWhole(jsm: JetStreamManager, { name, nuid, chunks }: ObjectInfo): Promise<Uint8Array | undefined> {
  const subject = `$O.${contentBucket.name}.C.${nuid}`;
  const parts: Uint8Array[] = [];
  for (let seq = 1; parts.length < chunks;) {
    const query = { seq, next_by_subj: subject };
    const read = jsm.streams.getMessage(`OBJ_${contentBucket.name}`, query);
    const part = await read.catch((error: unknown) => busFailure(error, `read ${subject}`));
    if (!part) return undefined;
    parts.push(part.data);
    seq = part.seq + 1;
  }
  const bytes = await restore(Buffer.concat(parts));
  return bytes !== undefined && sha256(bytes) === name ? bytes : undefined;
}

async function restore(stored: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await decompress(stored, { maxOutputLength: longestContent });
  } catch {
    // Damaged: as good as gone, like bytes whose hash is another.
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
