import type { NatsConnection } from "@nats-io/nats-core";
import type { Log } from "../log.ts";

/** Whether there is a connection right now. The library reconnects by itself, but what was under way gets no answer. */
export interface Link {
  isUp(): boolean;
  /** Resolves when there is a connection, now or later. Rejects when the signal fires. */
  untilUp(signal: AbortSignal): Promise<void>;
  /** Fires when the present connection is lost; has fired while there is none. */
  readonly lost: AbortSignal;
}

/** Follows the connection, with a log line for each change. */
export function followLink(nc: NatsConnection, log: Log): Link {
  let session = new AbortController();
  let up = Promise.withResolvers<void>();
  up.resolve();
  const goDown = () => {
    session.abort(new Error("disconnected from NATS"));
    up = Promise.withResolvers<void>();
  };
  const goUp = () => {
    session = new AbortController();
    up.resolve();
  };
  void (async () => {
    for await (const status of nc.status()) {
      if (status.type === "reconnect") {
        goUp();
        log.info({ server: status.server }, "reconnected to NATS");
      } else if (status.type === "disconnect") {
        goDown();
        log.warn({ server: status.server }, "disconnected from NATS");
      }
    }
    goDown();
  })();
  return {
    isUp: () => !session.signal.aborted,
    untilUp: (signal) => unlessAborted(signal, () => up.promise),
    get lost() {
      return session.signal;
    },
  };
}

/** What the work comes to, or the signal's reason as soon as it fires. */
export async function unlessAborted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
