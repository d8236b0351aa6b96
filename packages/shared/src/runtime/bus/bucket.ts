import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import { ConflictError, NotProvisionedError } from "./bus-error.ts";
import { busFailure } from "./bus-failure.ts";
import type { BucketName } from "./streams.ts";

export interface Entry {
  readonly value: string;
  /** Grows with every write of the bucket: a fence. */
  readonly revision: number;
}

interface WriteOptions {
  /** The revision that must be there now; 0: the key must not exist. Absent: whatever is there is replaced. */
  readonly expect?: number;
  /** The key vanishes by itself after this, in whole seconds, rounded up. */
  readonly ttlMs?: number;
}

/** A key-value bucket whose reads go to the leader and whose writes compare and set. */
export interface Bucket {
  read(key: string): Promise<Entry | undefined>;
  /** Returns the new revision. Throws a ConflictError if the expected revision is not there. */
  write(key: string, value: string, options?: WriteOptions): Promise<number>;
  /** Throws a ConflictError if `expect` is given and not there. */
  remove(key: string, expect?: number): Promise<void>;
  /** Keys that match a pattern of tokens (`watcher.>`). Bounded by what the bucket holds. */
  keys(pattern: string): Promise<readonly string[]>;
}

const operation = "KV-Operation";
/** The shortest there is: a writer with an older revision is refused with the mark of a removed key and without. */
const markerTtl = inSeconds(1000);

interface BucketSurroundings {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
}

/**
 * Writes are plain publishes: the library's update drops a key's time to live (spec: bus, trap 1) and
 * its reads may be answered by a follower.
 */
export function openBucket(name: BucketName, around: BucketSurroundings): Bucket {
  const prefix = `$KV.${name}.`;
  const stream = `KV_${name}`;
  const last = (key: string) => readLast(around.jsm, stream, prefix + key);
  const put = (key: string, value: string, options: PutOptions) =>
    putValue(around.js, prefix + key, { value, ...options });

  return {
    async read(key) {
      const found = await last(key);
      return found === undefined || found.removed ? undefined : { value: found.value, revision: found.revision };
    },
    async write(key, value, options = {}) {
      try {
        return await put(key, value, options);
      } catch (error) {
        // To the server the mark of a removed key is a value: to us it is "not there".
        if (!(error instanceof ConflictError) || options.expect !== 0) throw error;
        const found = await last(key);
        if (found === undefined || !found.removed) throw error;
        return put(key, value, { ...options, expect: found.revision });
      }
    },
    async remove(key, expect) {
      await put(key, "", { marker: true, ...(expect === undefined ? {} : { expect }) });
    },
    async keys(pattern) {
      const asked = around.jsm.streams.info(stream, { subjects_filter: prefix + pattern });
      const info = await asked.catch((error: unknown) => busFailure(error, `list ${name}/${pattern}`));
      return Object.keys(info?.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    },
  };
}

async function readLast(jsm: JetStreamManager, stream: string, subject: string) {
  const read = jsm.streams.getMessage(stream, { last_by_subj: subject });
  const message = await read.catch((error: unknown) => busFailure(error, `read ${subject}`));
  if (!message) return undefined;
  const removed = message.header.get(operation) !== "" || message.header.get("Nats-Marker-Reason") !== "";
  return { removed, revision: message.seq, value: message.string() };
}

type PutOptions = WriteOptions & { readonly marker?: boolean };

async function putValue(js: JetStreamClient, subject: string, options: PutOptions & { readonly value: string }) {
  const { value, expect, ttlMs, marker } = options;
  const header = headers();
  if (marker) header.set(operation, "DEL");
  const ttl = marker ? markerTtl : ttlMs === undefined ? undefined : inSeconds(ttlMs);
  const sent = js.publish(subject, value, {
    headers: header,
    ...(ttl === undefined ? {} : { ttl }),
    ...(expect === undefined ? {} : { expect: { lastSubjectSequence: expect } }),
  });
  const ack = await sent.catch((error: unknown) => busFailure(error, `write ${subject}`));
  if (ack === undefined) throw new NotProvisionedError(`No bucket takes ${subject}`);
  return ack.seq;
}

/** The server would cut off what is not a whole second: a pause would end before its time. */
function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}
