import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { subjectRoot } from "../../contracts/define-event.ts";

/** Every stream and bucket as data; `provision` makes them so. */

const day = 24 * 3_600_000;
export const nanos = (ms: number): number => ms * 1_000_000;

export type StreamDefinition = Partial<StreamConfig> & { readonly name: string };

const eventNames = [
  "trigger",
  "change-detected",
  "diff-computed",
  "pr-published",
  "refs-mirrored",
  "update-applied",
  "alert",
];

/** Headers included. */
export const maxEventBytes = 256 * 1024;

/** The one history. Everything is in it but dead letters. */
export const eventsStream: StreamDefinition = {
  name: "EVENTS",
  subjects: eventNames.map((name) => `${subjectRoot}.${name}.>`),
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  max_age: nanos(14 * day),
  max_bytes: 1024 ** 3,
  max_msg_size: maxEventBytes,
  duplicate_window: nanos(10 * 60_000),
  allow_direct: true,
};

interface WorkDefinition {
  readonly stream: WorkStream;
  readonly consumer: string;
  readonly sources: readonly string[];
  readonly prefix: string;
}

export type WorkStream = "WORK_COMPARATOR" | "WORK_PUBLISHER" | "WORK_UPDATER";

/** What each queue takes from EVENTS; the wildcard's tokens follow the prefix. */
export const workQueues: readonly WorkDefinition[] = [
  {
    stream: "WORK_COMPARATOR",
    consumer: "comparator",
    sources: [`${subjectRoot}.change-detected.>`],
    prefix: "work.comparator",
  },
  {
    stream: "WORK_PUBLISHER",
    consumer: "publisher",
    sources: [`${subjectRoot}.diff-computed.catalog.>`, `${subjectRoot}.diff-computed.mirror.>`],
    prefix: "work.publisher",
  },
  {
    stream: "WORK_UPDATER",
    consumer: "",
    sources: [`${subjectRoot}.diff-computed.deployment.>`],
    prefix: "work.updater",
  },
];

/** A queue that keeps one message for each subject, the newest: a burst is one waiting message. */
export function workStream({ stream, sources, prefix }: WorkDefinition): StreamDefinition {
  return {
    name: stream,
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.Old,
    max_age: stream === "WORK_UPDATER" ? nanos(14 * day) : 0,
    sources: [
      {
        name: eventsStream.name,
        subject_transforms: sources.map((src) => ({ src, dest: transformed(src, prefix) })),
      },
    ],
  };
}

/** `lockstep.diff-computed.catalog.>` → `work.publisher.catalog.>` */
function transformed(source: string, prefix: string): string {
  return [prefix, ...source.split(".").slice(2)].join(".");
}

/** Letters that nobody could deliver: ours, and the server's word about consumers of EVENTS that gave up. */
export const deadStream: StreamDefinition = {
  name: "DEAD",
  subjects: [`${subjectRoot}.dead.>`, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.EVENTS.>"],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  max_age: nanos(30 * day),
  max_bytes: 256 * 1024 ** 2,
  duplicate_window: nanos(10 * 60_000),
  allow_direct: true,
};

export const bucketNames = ["leases", "state", "attempts", "requests", "instances", "pauses"] as const;
export type BucketName = (typeof bucketNames)[number];

/** A key's newest value only. Reads go to the leader, or a fence would not be one; a key may have a time to live. */
export function bucketStream(name: BucketName): StreamDefinition {
  return {
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    max_bytes: 256 * 1024 ** 2,
    duplicate_window: nanos(2 * 60_000),
    max_age: name === "requests" ? nanos(day) : 0,
    allow_rollup_hdrs: true,
    allow_msg_ttl: true,
    allow_direct: false,
    deny_delete: true,
  };
}

/** Limits of the object store `content`. */
export const contentBucket = { name: "content", ttlMs: 45 * day, maxBytes: 4 * 1024 ** 3 };
