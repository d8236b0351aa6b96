import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { TransientError } from "@lockstep/shared/runtime";
import type { AppProcess } from "./app-process.ts";

export interface HealthCheck {
  readonly path: string;
  /** For one answer, in ms. */
  readonly timeoutMs: number;
  /** Until it must be healthy, in ms. */
  readonly graceMs: number;
  /** A WebSocket that must open, too. */
  readonly websocket?: string | undefined;
}

const pollMs = 25;

/**
 * Waits until the application answers 2xx at its health path, and opens a WebSocket where that is asked for.
 * TransientError `APP_EXITED` if it ends before, `APP_UNHEALTHY` when its grace is over.
 */
export async function untilHealthy(app: AppProcess, check: HealthCheck, signal: AbortSignal): Promise<void> {
  const until = performance.now() + check.graceMs;
  let last = "no answer";
  while (performance.now() < until) {
    signal.throwIfAborted();
    if (app.exit !== undefined) throw exited(app);
    last = await look(app.port, check);
    // Another process may answer at its port.
    if (last === "" && app.exit === undefined) return;
    await Promise.race([pause(pollMs), app.exited]);
  }
  throw new TransientError("APP_UNHEALTHY", `the application was not healthy after ${check.graceMs} ms: ${last}`, {
    hint: "its log's tail is in the report; updater.supervise.health says what is asked of it",
  });
}

function exited(app: AppProcess): TransientError {
  const { code, signal } = app.exit ?? {};
  return new TransientError("APP_EXITED", `the application ended with ${signal ?? `code ${code ?? "unknown"}`}`, {
    hint: "its log's tail is in the report",
  });
}

/** What is wrong, or "". */
async function look(port: number, check: HealthCheck): Promise<string> {
  const status = await ask({ port, path: check.path, timeoutMs: check.timeoutMs });
  if (typeof status === "string") return status;
  if (status < 200 || status > 299) return `${check.path} answered ${status}`;
  if (check.websocket === undefined) return "";
  const opened = await ask({ port, path: check.websocket, timeoutMs: check.timeoutMs, headers: upgrade() });
  return opened === 101 ? "" : `the WebSocket ${check.websocket} answered ${opened}`;
}

const upgrade = () => ({
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": randomBytes(16).toString("base64"),
});

interface Question {
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
  readonly headers?: Record<string, string>;
}

/** The status of an answer, or what prevented one. */
async function ask({ port, path, timeoutMs, headers = {} }: Question): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const asked = request({ host: "127.0.0.1", port, path, agent: false, headers });
  const timer = setTimeout(() => {
    resolve(`no answer within ${timeoutMs} ms`);
    asked.destroy();
  }, timeoutMs);
  asked.once("response", (response) => {
    resolve(response.statusCode ?? 0);
    response.resume();
    asked.destroy();
  });
  asked.once("upgrade", (_response, socket) => {
    resolve(101);
    socket.destroy();
  });
  asked.once("error", (error) => resolve(error.message));
  asked.end();
  return promise.finally(() => clearTimeout(timer));
}
