import { createHmac, randomUUID } from "node:crypto";
import { fullName, type Repository, type Webhook } from "./state.ts";

export interface Delivery {
  /** `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly id: string;
  readonly hookId: number;
  readonly repository: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly url: string;
  readonly body: string;
  /** Undefined when the receiver could not be reached in 10 s. */
  readonly status: number | undefined;
}

export interface Webhooks {
  /** Delivers to the repository's hooks that listen to the event, in the order of the events. */
  emit(repository: Repository, event: string, payload: Readonly<Record<string, unknown>>): void;
  /** Sends a delivery again, under the same id. */
  redeliver(id: string): Promise<Delivery>;
  deliveries(): readonly Delivery[];
  /** Resolves when everything emitted until now was answered or given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const limitMs = 10_000;

/** Delivers webhooks as GitHub does: one attempt, no retry by itself. */
export function createWebhooks(): Webhooks {
  const done = new Map<string, Delivery>();
  const ended = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();

  async function deliver(hook: Webhook, delivery: Delivery): Promise<Delivery> {
    const result = { ...delivery, status: await post(hook, delivery, ended.signal) };
    done.set(result.id, result);
    hooks.set(result.id, hook);
    return result;
  }
  const hooks = new Map<string, Webhook>();

  return {
    emit(repository, event, payload) {
      for (const hook of repository.webhooks.filter(({ events }) => events.includes(event) || events.includes("*"))) {
        const delivery = createDelivery(hook, repository, { event, payload });
        queue = queue.then(() => deliver(hook, delivery));
      }
    },
    async redeliver(id) {
      const [delivery, hook] = [done.get(id), hooks.get(id)];
      if (delivery === undefined || hook === undefined) throw new Error(`there is no delivery ${id}`);
      return await deliver(hook, delivery);
    },
    deliveries: () => [...done.values()],
    async settled() {
      await queue;
    },
    async close() {
      ended.abort();
      await queue;
    },
  };
}

interface Emitted {
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

function createDelivery(hook: Webhook, repository: Repository, { event, payload }: Emitted): Delivery {
  const { action } = payload;
  return {
    id: randomUUID(),
    hookId: hook.id,
    repository: fullName(repository),
    event,
    action: typeof action === "string" ? action : undefined,
    url: hook.url,
    body: JSON.stringify(payload),
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
