import { randomBytes } from "node:crypto";

/** W3C Trace Context, version 00: the two headers as they travel. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

const pattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Begins a trace, sampled. */
export function startTrace(): TraceContext {
  return { traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01` };
}

/** The same trace with a span of its own, to be sent with what was caused. A broken parent starts a new trace. */
export function continueTrace(parent: TraceContext | undefined): TraceContext {
  if (parent === undefined || !pattern.test(parent.traceparent)) return startTrace();
  const [version, trace, , flags] = parent.traceparent.split("-");
  const traceparent = `${version}-${trace}-${randomBytes(8).toString("hex")}-${flags}`;
  return parent.tracestate === undefined ? { traceparent } : { traceparent, tracestate: parent.tracestate };
}
