/** Meant for one connection, not for what it carries: RFC 9110, 7.6.1. `expect` was answered by the gateway. */
const hopByHop = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export interface Sender {
  readonly address: string | undefined;
  readonly host: string | undefined;
}

/** A request's headers as the application gets them: name, value, name, value. Without those of the connection. */
export function requestHeaders(raw: readonly string[], sender: Sender): string[] {
  return withForwarded(endToEnd(raw), sender);
}

/** The same for a request that becomes a WebSocket: what upgrades the connection stays. */
export function upgradeHeaders(raw: readonly string[], sender: Sender): string[] {
  return withForwarded([...raw], sender);
}

/** An answer's headers as the client gets them. */
export function responseHeaders(raw: readonly (Buffer | string)[]): string[] {
  return endToEnd(raw.map((word) => (typeof word === "string" ? word : word.toString("latin1"))));
}

function endToEnd(raw: readonly string[]): string[] {
  const named = namedByConnection(raw);
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    if (hopByHop.has(name) || named?.has(name)) continue;
    kept.push(raw[at] ?? "", raw[at + 1] ?? "");
  }
  return kept;
}

function namedByConnection(raw: readonly string[]): ReadonlySet<string> | undefined {
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.toLowerCase() !== "connection") continue;
    const value = raw[at + 1]?.toLowerCase();
    if (value === undefined || value === "keep-alive" || value === "close") continue;
    return new Set(value.split(",").map((name) => name.trim()));
  }
  return undefined;
}

/** The chain of senders grows; the first gateway's word about host and scheme stays. */
function withForwarded(headers: string[], { address, host }: Sender): string[] {
  let chain = -1;
  let hasHost = false;
  let hasScheme = false;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? "";
    if (name.length < 15 || (name[0] !== "x" && name[0] !== "X")) continue;
    const lower = name.toLowerCase();
    if (lower === "x-forwarded-for") chain = at + 1;
    else if (lower === "x-forwarded-host") hasHost = true;
    else if (lower === "x-forwarded-proto") hasScheme = true;
  }
  if (address !== undefined) {
    if (chain === -1) headers.push("x-forwarded-for", address);
    else headers[chain] = `${headers[chain] ?? ""}, ${address}`;
  }
  if (!hasHost && host !== undefined) headers.push("x-forwarded-host", host);
  if (!hasScheme) headers.push("x-forwarded-proto", "http");
  return headers;
}
