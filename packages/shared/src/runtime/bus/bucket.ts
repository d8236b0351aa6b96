import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import { ask } from "./ask.ts";
import { ConflictError, NotProvisionedError } from "./bus-error.ts";
import type { Link } from "./link.ts";
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
  readonly link: Link;
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
  const last = (key: string) => readLast(around, stream, prefix + key);
  const put = (key: string, value: string, options: PutOptions) =>
    putValue(around, prefix + key, { value, ...options });

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
      const info = await ask(around.link, {
        what: `list ${name}/${pattern}`,
        ask: () => around.jsm.streams.info(stream, { subjects_filter: prefix + pattern }),
        repeatable: true,
      });
      return Object.keys(info?.state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    },
  };
}

async function readLast({ link, jsm }: BucketSurroundings, stream: string, subject: string) {
  const message = await ask(link, {
    what: `read ${subject}`,
    ask: () => jsm.streams.getMessage(stream, { last_by_subj: subject }),
    repeatable: true,
  });
  if (!message) return undefined;
  const removed = message.header.get(operation) !== "" || message.header.get("Nats-Marker-Reason") !== "";
  return { removed, revision: message.seq, value: message.string() };
}

type PutOptions = WriteOptions & { readonly marker?: boolean };

type Put = PutOptions & { readonly value: string };

async function putValue({ link, js }: BucketSurroundings, subject: string, options: Put): Promise<number> {
  const { value, expect, ttlMs, marker } = options;
  const header = headers();
  if (marker) header.set(operation, "DEL");
  const ttl = marker ? markerTtl : ttlMs === undefined ? undefined : inSeconds(ttlMs);
  const settings = {
    headers: header,
    ...(ttl === undefined ? {} : { ttl }),
    ...(expect === undefined ? {} : { expect: { lastSubjectSequence: expect } }),
  };
  const ack = await ask(link, {
    what: `write ${subject}`,
    ask: () => js.publish(subject, value, settings),
    // One that was done before its answer was lost would look like a conflict with somebody else.
    repeatable: false,
  });
  if (ack === undefined) throw new NotProvisionedError(`No bucket takes ${subject}`);
  return ack.seq;
}

/** The server would cut off what is not a whole second: a pause would end before its time. */
function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}
