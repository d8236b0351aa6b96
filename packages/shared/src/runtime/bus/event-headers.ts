import { headers, type MsgHdrs } from "@nats-io/nats-core";
import type { OutgoingEvent } from "../../contracts/define-event.ts";
import type { TraceContext } from "../../contracts/trace-context.ts";

/** CloudEvents 1.0 in binary mode for NATS, and W3C Trace Context. The id is the de-duplication id (I3). */
export function eventHeaders(event: OutgoingEvent, source: string, trace: TraceContext): MsgHdrs {
  const result = headers();
  result.set("ce-specversion", "1.0");
  result.set("ce-id", event.id);
  result.set("ce-type", event.type);
  result.set("ce-source", source);
  result.set("ce-time", new Date().toISOString());
  result.set("content-type", "application/json");
  result.set("traceparent", trace.traceparent);
  if (trace.tracestate !== undefined) result.set("tracestate", trace.tracestate);
  return result;
}

/** The trace an event came with, if any: events sent by hand have none. */
export function traceOf(received: MsgHdrs | undefined): TraceContext | undefined {
  const traceparent = received?.get("traceparent");
  if (!traceparent) return undefined;
  const tracestate = received?.get("tracestate");
  return tracestate ? { traceparent, tracestate } : { traceparent };
}
