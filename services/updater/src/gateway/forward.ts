import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Backend } from "./backend.ts";
import { requestHeaders, responseHeaders } from "./forwarded-headers.ts";

/** Sends a request on and streams the answer back. `onFailure` answers where the application could not. */
export function forward(
  request: IncomingMessage,
  response: ServerResponse,
  way: { readonly backend: Backend; readonly onFailure: (error: Error) => void },
): void {
  const { backend } = way;
  backend.begin(response);
  response.once("close", () => backend.end(response));
  send({ request, response, ...way, isRetry: false });
}

const shortBytes = 16_384;

interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly backend: Backend;
  readonly onFailure: (error: Error) => void;
  readonly isRetry: boolean;
}

function send(sending: Sending): void {
  const { request, response, backend } = sending;
  const { method = "GET", url = "/", headers } = request;
  const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
  const sender = { address: request.socket.remoteAddress, host: headers.host };
  const options: Dispatcher.DispatchOptions = {
    path: url,
    method,
    headers: requestHeaders(request.rawHeaders, sender),
    body: hasBody ? request : null,
  };
  backend.pool.dispatch(options, answerTo(sending, { response, mayRetry: !hasBody && /^(GET|HEAD)$/.test(method) }));
}

function answerTo(
  sending: Sending,
  { response, mayRetry }: { readonly response: ServerResponse; readonly mayRetry: boolean },
): Dispatcher.DispatchHandler {
  let upstream: Dispatcher.DispatchController | undefined;
  let hasBegun = false;
  response.once("close", () => {
    if (!response.writableFinished) upstream?.abort(new Error("the client went away"));
  });
  return {
    onRequestStart(controller) {
      upstream = controller;
    },
    onResponseStart(controller, status, headers) {
      if (status < 200) return;
      const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
      if (headers["date"] !== undefined) response.sendDate = false;
      response.writeHead(status, responseHeaders(raw));
      // A stream may be silent for long: its head must not wait for its first event.
      if (headers["content-length"] === undefined) setImmediate(() => flush(response));
    },
    onResponseData(controller, chunk) {
      const isShort = !hasBegun && chunk.length < shortBytes;
      hasBegun = true;
      // Node puts head and body into one packet if both are text, and needs two pieces otherwise.
      if (isShort ? response.write(chunk.toString("latin1"), "latin1") : response.write(chunk)) return;
      controller.pause();
      response.once("drain", () => controller.resume());
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError(_controller, error) {
      if (response.headersSent || response.destroyed) return void response.destroy();
      // The application closed a connection that stood idle at the very moment it was used.
      if (mayRetry && !sending.isRetry && /ECONNRESET|UND_ERR_SOCKET|EPIPE/.test(codeOf(error)))
        return send({ ...sending, isRetry: true });
      sending.onFailure(error);
    },
  };
}

function flush(response: ServerResponse): void {
  if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}
