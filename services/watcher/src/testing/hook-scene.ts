import { createHmac, randomUUID } from "node:crypto";
import { expect } from "vitest";
import { runWatcher, type RunningWatcher } from "./run-watcher.ts";
import { configOf, type TestConfig, type World } from "./world.ts";

export const hookSecret = "the webhook's own secret";
export const sha = "1".repeat(40);

/** A watcher that listens for webhooks. */
export interface HookScene extends RunningWatcher {
  /** `http://127.0.0.1:PORT/webhooks/github` */
  readonly url: string;
  readonly config: TestConfig;
  /** Delivers as GitHub does. */
  deliver(delivery?: Partial<HookCall>): Promise<Answer>;
}

interface HookCall {
  readonly event: string;
  readonly payload: unknown;
  readonly secret: string;
  readonly id: string;
  readonly hook: string;
  /** Other headers; an empty one is left out. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: {
    readonly events?: readonly { readonly route: string; readonly id: string; readonly seq: number }[];
    readonly ignored?: readonly { readonly route: string; readonly reason: string }[];
    readonly code?: string;
  };
}

export async function startHookScene(world: World, text: string): Promise<HookScene> {
  const config = configOf(text);
  const watcher = await runWatcher(world, { config });
  const url = `${await addressOf(watcher)}/webhooks/github`;
  return { ...watcher, url, config, deliver: (delivery = {}) => deliver(url, delivery) };
}

/** Where it listens since the last time that it began to. */
export async function addressOf({ lines }: RunningWatcher): Promise<string> {
  const find = () => lines.findLast(({ msg }) => msg === "listening for webhooks")?.["address"];
  await expect.poll(find).toBeDefined();
  return String(find());
}

export function pushTo(repository: string, ref: string, after = sha) {
  return { ref, after, repository: { clone_url: `http://127.0.0.1:9/${repository}.git` } };
}

export async function deliver(url: string, call: Partial<HookCall>): Promise<Answer> {
  const { event = "push", payload = pushTo("acme/models", "refs/heads/main"), headers = {} } = call;
  const { secret = hookSecret, id = randomUUID(), hook = "17" } = call;
  const body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const sent = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": id,
    "x-github-hook-id": hook,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    ...headers,
  };
  const given = Object.entries(sent).filter(([, value]) => value !== "");
  const response = await fetch(url, { method: "POST", headers: Object.fromEntries(given), body });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    body: text === "" ? {} : (JSON.parse(text) as Answer["body"]),
  };
}

/** Routes into repositories of a forge that is not there: nothing is polled, webhooks alone tell. */
export function hookConfig(
  routes: Readonly<Record<string, string>>,
  webhooks = `{ secret: "${hookSecret}", port: 0 }`,
) {
  const lines = Object.entries(routes).map(
    ([route, more]) => `
  ${route}:
    kind: catalog
    source: { url: http://127.0.0.1:9, categories: [${route}] }
    ${more}`,
  );
  return `github: { apiUrl: http://127.0.0.1:9/api/v3 }
webhooks: ${webhooks}
defaults: { triggers: { policy: webhook-only, reconcile: 24h } }
routes:${lines.join("") || " {}"}
`;
}
