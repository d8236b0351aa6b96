import type { IncomingMessage, ServerResponse } from "node:http";

const retryAfter = { "retry-after": "3", "cache-control": "no-store" };

/** The classic answer of an application that is being updated: JSON for programs, a page that reloads for people. */
export function answerUpdating(request: IncomingMessage, response: ServerResponse): void {
  answer(request, response, { status: 503, detail: "System is updating, please wait...", title: "Updating..." });
}

/** The application does not answer, and no update is the reason. */
export function answerUnreachable(request: IncomingMessage, response: ServerResponse): void {
  answer(request, response, { status: 502, detail: "The application does not answer", title: "Starting..." });
}

interface Words {
  readonly status: number;
  readonly detail: string;
  readonly title: string;
}

function answer(request: IncomingMessage, response: ServerResponse, { status, detail, title }: Words): void {
  const wantsPage = (request.headers.accept ?? "").includes("text/html") && !(request.url ?? "").startsWith("/api/");
  const body = wantsPage ? page(title, detail) : JSON.stringify({ detail });
  response.writeHead(status, {
    ...retryAfter,
    "content-type": wantsPage ? "text/html; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  // An upload that nobody reads would keep the connection busy.
  request.resume();
}

function page(title: string, detail: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3"><title>${title}</title>
<style>:root{color-scheme:light dark;font-family:system-ui,sans-serif}body{display:grid;place-items:center;min-height:90vh}</style>
</head><body><main role="status"><h1>${title}</h1><p>${detail}</p></main></body></html>
`;
}
