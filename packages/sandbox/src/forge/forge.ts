import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastify from "fastify";
import { createCompareCache } from "./compare-cache.ts";
import { serveControl } from "./control.ts";
import { createFaults } from "../fault-set.ts";
import type { Effect, Faults } from "./effects.ts";
import { findHttpBackend } from "./git/http-backend.ts";
import { loadCheck } from "./openapi/check.ts";
import { servePages } from "./pages/serve-pages.ts";
import { createRateLimits } from "./rate-limit.ts";
import { writeRefusingHook } from "./refuse-push.ts";
import { repositoryMethods, type RepositoryMethods } from "./repository-methods.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { serveRest } from "./rest/dispatch.ts";
import { createStateFile, loadState, type StateFile } from "./save-state.ts";
import { serveGit } from "./smart-http.ts";
import type { Token } from "./state.ts";
import { addToken } from "./tokens.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";
import type { AppRegistration, World } from "./world.ts";

export interface ForgeOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Keeps repositories and state here; default: a temporary folder, removed at the end. */
  readonly folder?: string;
  readonly app?: AppRegistration;
  /** API calls an hour for each token; default 5000, as GitHub's. */
  readonly rateLimit?: number;
  /** The token that may do everything; default: a random one. */
  readonly token?: string;
  /** Whether requests and answers are held against GitHub's description; default: yes. */
  readonly checking?: boolean;
}

/** A forge on 127.0.0.1 that answers as GitHub Enterprise Server does. Repositories are named `owner/name`. */
export interface Forge extends RepositoryMethods, AsyncDisposable {
  /** `http://127.0.0.1:PORT`; a repository is cloned from `URL/OWNER/NAME.git`. */
  readonly url: string;
  /** For `github.apiUrl`: `URL/api/v3`. */
  readonly apiUrl: string;
  /** May do everything, as `lockstep-bot`. */
  readonly token: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly webhooks: Pick<Webhooks, "deliveries" | "redeliver" | "settled">;
  /** Answers that broke GitHub's description, and bugs of the forge: a test expects none. */
  readonly violations: readonly string[];
  /** Gives the token: random where none is given. */
  addToken(token: Partial<Token> & { readonly login: string }): string;
  revokeToken(token: string): void;
  close(): Promise<void>;
}

/** Starts a forge; it is gone, with its temporary folder, when disposed. */
export async function startForge(options: ForgeOptions = {}): Promise<Forge> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "lockstep-forge-")));
  await mkdir(join(folder, "git"), { recursive: true });
  const ended = new AbortController();
  const { world, file } = await createWorld(folder, options, ended.signal);
  const token = addToken(world, { login: "lockstep-bot", permission: "admin", ...pick(options.token) });
  const app = fastify({ bodyLimit: 2 ** 40, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  const methods = repositoryMethods(world);
  serveGit(app, world);
  serveRest(app, world);
  serveControl(app, world, methods);
  servePages(app, world);
  world.url = await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  const close = async () => {
    ended.abort();
    await app.close();
    await world.webhooks.close();
    await file.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    ...methods,
    url: world.url,
    apiUrl: `${world.url}/api/v3`,
    token,
    faults: world.faults,
    log: world.log,
    webhooks: world.webhooks,
    violations: world.violations,
    addToken: (one) => addToken(world, one),
    revokeToken: (one) => void world.state.tokens.delete(one),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Beginning {
  readonly world: World;
  readonly file: StateFile;
}

async function createWorld(folder: string, options: ForgeOptions, ended: AbortSignal): Promise<Beginning> {
  const state = await loadState(folder);
  const file: StateFile =
    options.folder === undefined
      ? { changed: () => undefined, close: () => Promise.resolve() }
      : createStateFile(folder, state);
  const world: World = {
    folder,
    httpBackend: await findHttpBackend(folder),
    hooks: await writeRefusingHook(folder),
    state,
    faults: createFaults<Effect>(),
    log: createRequestLog(),
    webhooks: createWebhooks(),
    check: loadCheck(),
    compare: createCompareCache(),
    limits: createRateLimits(options.rateLimit ?? 5000),
    app: options.app,
    checking: options.checking ?? true,
    violations: [],
    url: "",
    ended,
    changed: file.changed,
  };
  return { world, file };
}

function pick(token: string | undefined): { readonly token?: string } {
  return token === undefined ? {} : { token };
}
