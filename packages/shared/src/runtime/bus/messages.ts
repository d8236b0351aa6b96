import type { JsMsg, StoredMsg } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/nats-core";
import type { Delivery, StoredMessage } from "./bus.ts";
import { traceOf } from "./event-headers.ts";

/** A message that was read, in our words. */
export function storedMessage(message: StoredMsg): StoredMessage {
  return { ...described(message.header), ...placed(message), time: message.timestamp, body: message.string() };
}

/** A message that was delivered, in our words. */
export function delivery(message: JsMsg): Delivery {
  return {
    ...described(message.headers),
    ...placed(message),
    time: message.timestamp,
    body: message.string(),
    async ack() {
      await message.ackAck();
    },
    // A fraction of a millisecond would be redelivered after one (spec: bus, trap 2).
    nak: (delayMs) => message.nak(Math.max(1, Math.ceil(delayMs))),
    working: () => message.working(),
  };
}

function placed({ subject, seq }: { readonly subject: string; readonly seq: number }) {
  return { subject, seq };
}

function described(headers: MsgHdrs | undefined) {
  return {
    type: headers?.get("ce-type") ?? "",
    id: headers?.get("Nats-Msg-Id") ?? "",
    trace: traceOf(headers),
    sourceSeq: sourceSequence(headers?.get("Nats-Stream-Source") ?? ""),
  };
}

/** The EVENTS sequence in a sourced message's header: `EVENTS 42 <filter> <destination> <subject>`. */
function sourceSequence(header: string): number | undefined {
  const sequence = Number(header.split(" ")[1]);
  return Number.isSafeInteger(sequence) && sequence > 0 ? sequence : undefined;
}
