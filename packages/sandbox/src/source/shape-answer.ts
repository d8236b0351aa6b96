import type { SourceEffect } from "./effects.ts";

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer as the faults leave it. */
export interface Shape extends Answer {
  readonly type: "application/json" | "text/html";
  readonly delayMs: number;
  readonly cut: "before" | "midway" | undefined;
  /** Sent instead of the bytes: filler of so many. */
  readonly filler: { readonly bytes: number; readonly chunked: boolean } | undefined;
}

/** Puts the faults that met a request on its answer, in their order. Pure. */
export function shapeAnswer(answer: Answer, effects: readonly SourceEffect[]): Shape {
  let shape: Shape = { ...answer, type: "application/json", delayMs: 0, cut: undefined, filler: undefined };
  for (const effect of effects) shape = { ...shape, ...changeOf(effect, shape) };
  return shape;
}

/** An error as FastAPI writes it. */
export function failure(status: number, detail: string): Answer {
  return { ...json({ detail }), status };
}

export function json(value: unknown): Answer {
  return { status: 200, bytes: Buffer.from(JSON.stringify(value)), headers: {} };
}

function changeOf(effect: SourceEffect, { bytes, delayMs }: Shape): Partial<Shape> {
  switch (effect.kind) {
    case "status":
      return { ...failure(effect.status, effect.detail ?? "Service unavailable"), headers: effect.headers ?? {} };
    case "html":
      return { status: 200, type: "text/html", bytes: Buffer.from("<!doctype html><title>Wait</title>"), headers: {} };
    case "half-json":
      return { bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)), headers: {} };
    case "empty":
      return { status: 200, bytes: Buffer.from("{}"), headers: {} };
    case "oversized":
      return { status: 200, headers: {}, filler: { bytes: effect.bytes, chunked: effect.chunked === true } };
    case "drop":
      return { cut: effect.when };
    case "slow":
      return { delayMs: delayMs + effect.ms };
    // These two are about the time that the answer was made with.
    case "null-metadata":
    case "shift-metadata":
      return {};
  }
}
