import { createHmac, randomUUID } from "node:crypto";
import { fullName, type Repository, type Webhook } from "./state.ts";

export interface Delivery {
  /** `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly id: string;
  readonly number: number;
  readonly hookId: number;
  readonly repository: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly url: string;
  readonly body: string;
  /** ISO 8601. */
  readonly at: string;
  /** What the receiver answered; undefined when it could not be reached in 10 s. */
  readonly status: number | undefined;
}

/** Made when the event happens; may take a moment to be complete. */
export type Payload = Readonly<Record<string, unknown>>;

export interface Webhooks {
  /** Delivers to the repository's hooks that listen to the event; each hook gets its events in order. */
  emit(repository: Repository, event: string, payload: Payload | Promise<Payload>): void;
  ping(repository: Repository, hook: Webhook, payload: Payload): void;
  /** Sends a delivery again, under the same id. Throws where there is none. */
  redeliver(id: string): Promise<Delivery>;
  deliveries(): readonly Delivery[];
  /** Resolves when everything emitted until now was answered or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const limitMs = 10_000;
const kept = 1000;

/** Delivers webhooks as GitHub does: one attempt, no retry by itself. */
export function createWebhooks(): Webhooks {
  const done = new Map<string, { readonly hook: Webhook; readonly delivery: Delivery }>();
  const queues = new Map<number, Promise<unknown>>();
  const ended = new AbortController();
  let next = 1;

  async function deliver(hook: Webhook, delivery: Delivery): Promise<Delivery> {
    const status = await post(hook, delivery, ended.signal);
    const result = { ...delivery, status, at: new Date().toISOString() };
    done.set(result.id, { hook, delivery: result });
    const [oldest] = done.keys();
    if (done.size > kept && oldest !== undefined) done.delete(oldest);
    return result;
  }

  function enqueue(hook: Webhook, { repository, event, payload }: Emitted): void {
    const before = queues.get(hook.id) ?? Promise.resolve();
    const number = next++;
    const turn = before.then(async () => {
      const described = describe(hook, { repository, event, payload: await payload });
      return await deliver(hook, { ...described, number });
    });
    queues.set(
      hook.id,
      turn.catch(() => undefined),
    );
  }

  return {
    emit(repository, event, payload) {
      for (const hook of repository.webhooks)
        if (hook.events.includes(event) || hook.events.includes("*")) enqueue(hook, { repository, event, payload });
    },
    ping: (repository, hook, payload) => enqueue(hook, { repository, event: "ping", payload }),
    async redeliver(id) {
      const known = done.get(id);
      if (known === undefined) throw new Error(`there is no delivery ${id}`);
      return await deliver(known.hook, known.delivery);
    },
    deliveries: () => [...done.values()].map(({ delivery }) => delivery),
    settled: async () => void (await Promise.all(queues.values())),
    async close() {
      ended.abort();
      await Promise.all(queues.values());
    },
  };
}

interface Emitted {
  readonly repository: Repository;
  readonly event: string;
  readonly payload: Payload | Promise<Payload>;
}

function describe(hook: Webhook, { repository, event, payload }: Emitted & { readonly payload: Payload }) {
  const { action } = payload;
  return {
    id: randomUUID(),
    hookId: hook.id,
    repository: fullName(repository),
    event,
    action: typeof action === "string" ? action : undefined,
    url: hook.url,
    body: JSON.stringify(payload),
    at: "",
    status: undefined,
  };
}

async function post(hook: Webhook, delivery: Delivery, ended: AbortSignal): Promise<number | undefined> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/sandbox",
    "x-github-delivery": delivery.id,
    "x-github-event": delivery.event,
    "x-github-hook-id": String(hook.id),
  };
  if (hook.secret !== undefined)
    headers["x-hub-signature-256"] = `sha256=${createHmac("sha256", hook.secret).update(delivery.body).digest("hex")}`;
  const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ended]);
  return await fetch(hook.url, { method: "POST", headers, body: delivery.body, signal }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => undefined,
  );
}
