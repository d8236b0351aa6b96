import { instant, type Repository, type Webhook } from "../state.ts";
import type { World } from "../world.ts";
import { representRepository } from "./represent-repository.ts";
import { created, inRepository, notFound, type RepositoryCall } from "./operation.ts";
import { page } from "./page.ts";
import { apiUrl } from "./represent-repository.ts";

interface CreateHook {
  readonly config?: { readonly url?: string; readonly secret?: string };
  readonly events?: readonly string[];
}

export const hookOperations = [
  inRepository("repos/list-webhooks", "admin", ({ repository, ...call }) =>
    page(call, repository.webhooks, (hook) => representHook(call.world, repository, hook)),
  ),
  inRepository<CreateHook>("repos/create-webhook", "admin", ({ world, repository, body }) => {
    const { url = "", secret } = body.config ?? {};
    const hook = addWebhook(world, repository, { url, secret, events: body.events ?? ["push"] });
    return created(representHook(world, repository, hook));
  }),
  inRepository("repos/list-webhook-deliveries", "admin", ({ repository, ...call }) => {
    const hook = findHook(repository, call.params);
    const deliveries = call.world.webhooks.deliveries().filter(({ hookId }) => hookId === hook.id);
    return page(call, deliveries.toReversed(), ({ number, id, event, action, status, at }) => ({
      id: number,
      guid: id,
      delivered_at: at,
      redelivery: false,
      duration: 0,
      status: status === undefined ? "failed to connect" : status < 300 ? "OK" : `Invalid HTTP Response: ${status}`,
      status_code: status ?? 0,
      event,
      action: action ?? null,
      installation_id: null,
      repository_id: repository.id,
    }));
  }),
  inRepository("repos/redeliver-webhook-delivery", "admin", redeliver),
];

/** Registers a webhook; it gets a ping, as GitHub's does. */
export function addWebhook(world: World, repository: Repository, hook: Omit<Webhook, "id">): Webhook {
  const added = { ...hook, id: world.state.nextId++ };
  repository.webhooks = [...repository.webhooks, added];
  world.webhooks.ping(repository, added, { repository: representRepository(world, repository) });
  return added;
}

async function redeliver({ world, repository, params }: RepositoryCall) {
  findHook(repository, params);
  const number = Number(params["delivery_id"]);
  const delivery = world.webhooks.deliveries().find((one) => one.number === number);
  if (delivery === undefined) throw notFound();
  await world.webhooks.redeliver(delivery.id);
  return { status: 202, body: {} };
}

function findHook(repository: Repository, params: RepositoryCall["params"]): Webhook {
  const hook = repository.webhooks.find(({ id }) => id === Number(params["hook_id"]));
  if (hook === undefined) throw notFound();
  return hook;
}

function representHook(world: World, repository: Repository, hook: Webhook): object {
  const url = `${apiUrl(world, repository)}/hooks/${hook.id}`;
  return {
    type: "Repository",
    id: hook.id,
    name: "web",
    active: true,
    events: hook.events,
    config: { url: hook.url, content_type: "json", insecure_ssl: "0", ...(hook.secret && { secret: "********" }) },
    updated_at: instant(),
    created_at: instant(),
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: { code: null, status: "unused", message: null },
  };
}
