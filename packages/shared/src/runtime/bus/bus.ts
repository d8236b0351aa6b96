import type { OutgoingEvent } from "../../contracts/define-event.ts";
import type { TraceContext } from "../../contracts/trace-context.ts";
import type { ContentStore } from "../content-store.ts";
import type { Pauses } from "../pauses.ts";
import type { Bucket } from "./bucket.ts";
import type { ProvisionChoices } from "./provision.ts";
import type { BucketName, WorkStream } from "./streams.ts";

/** A message as a stream keeps it. */
export interface StoredMessage {
  readonly subject: string;
  readonly seq: number;
  /** When the stream took it, ISO 8601. */
  readonly time: string;
  readonly body: string;
  /** `ce-type`, or "" for what was sent by hand. */
  readonly type: string;
  /** De-duplication id, or "". */
  readonly id: string;
  readonly trace: TraceContext | undefined;
  /** For a work queue's message: its sequence on EVENTS. */
  readonly sourceSeq: number | undefined;
}

/** A message that was handed to this process and must be settled. */
export interface Delivery extends StoredMessage {
  /** Done: it will not come again. Waits for the server's word. */
  ack(): Promise<void>;
  /** To be delivered again, to anyone, after a whole number of milliseconds. */
  nak(delayMs: number): void;
  /** A sign of life: another while to go. */
  working(): void;
}

/** Deliveries until closed. Closing stops new ones; those already handed out stay valid. */
export interface Deliveries extends AsyncIterable<Delivery> {
  close(): Promise<void>;
}

export interface PublishOptions {
  readonly trace?: TraceContext | undefined;
  /** The last sequence that the subject must have; 0: none. Refused otherwise, with a ConflictError. */
  readonly expectLast?: number;
  readonly signal?: AbortSignal;
}

export interface Published {
  readonly seq: number;
  /** The stream had it already. */
  readonly duplicate: boolean;
}

export interface TailOptions {
  readonly subjects: readonly string[];
  /** Sequence to begin with; absent: only what comes from now on. */
  readonly from?: number;
  readonly signal: AbortSignal;
}

export interface SubjectCount {
  readonly subject: string;
  readonly messages: number;
}

/** NATS JetStream in Lockstep's words: the one adapter. Failures are BusError or ConflictError. */
export interface Bus extends AsyncDisposable {
  /** False while there is no connection. */
  isUp(): boolean;
  /**
   * Stores an event and returns its sequence. Tries again with the same id while the connection is
   * down, until the signal fires or a minute has passed. Throws BUS_TOO_LARGE, a PermanentError, for an event above
   * 256 KiB.
   */
  publish(event: OutgoingEvent, options?: PublishOptions): Promise<Published>;
  /** The newest message of a subject (wildcards allowed), read from the leader. */
  last(stream: "EVENTS" | "DEAD" | WorkStream, subject: string): Promise<StoredMessage | undefined>;
  /** The message with this sequence. */
  at(stream: "EVENTS" | "DEAD", seq: number): Promise<StoredMessage | undefined>;
  /** Which subjects hold messages, and how many. */
  subjects(stream: "EVENTS" | "DEAD" | WorkStream, filter: string): Promise<readonly SubjectCount[]>;
  /** When EVENTS was created: another time means other sequences. */
  eventsCreated(): Promise<string>;
  /** Whether the last thing that `provision` makes is there, and so all of it. */
  isProvisioned(): Promise<boolean>;
  /** Deliveries of a durable consumer, at most `buffer` ahead of who takes them. */
  consume(stream: "EVENTS" | WorkStream, consumer: string, buffer: number): Promise<Deliveries>;
  /** Everything on these subjects in order, without settling anything; ends when the signal fires. */
  tail(stream: "EVENTS" | "DEAD", options: TailOptions): AsyncIterable<StoredMessage>;
  bucket(name: BucketName): Bucket;
  readonly content: ContentStore;
  readonly pauses: Pauses;
  /** Creates or updates streams, consumers and buckets. Safe to repeat. */
  provision(choices: ProvisionChoices): Promise<void>;
}
