import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGit, currentAccount, repositoryCache } from "@lockstep/git";
import { parseConfig, type CatalogTarget, type Config } from "@lockstep/shared/config";
import type { DiffComputed, PrPublished, RouteName } from "@lockstep/shared/contracts";
import { createLog, type ContentStore, type GivenRequest, type WorkResult } from "@lockstep/shared/runtime";
import { createGitHubApi } from "../github/github-api.ts";
import { createGitHubForge } from "../github/github-pull-requests.ts";
import { createPublisher } from "../../handler.ts";
import { memoryContent, memoryPauses } from "./memory-stores.ts";
import { catalogFile, compare, type Wanted } from "./small-comparator.ts";

/** What is used of the forge emulator. */
export interface TestForge {
  readonly apiUrl: string;
  readonly token: string;
  createRepository(repository: { owner: string; name: string; files: Record<string, Buffer> }): Promise<unknown>;
  refs(repository: string): ReadonlyMap<string, string>;
  readFile(repository: string, ref: string, path: string): Promise<Buffer>;
}

export interface WorldOptions {
  readonly pullRequest?: object;
  /** Further keys of the target. */
  readonly target?: object;
  /** Further targets of the route. */
  readonly targets?: object;
  readonly route?: object;
  readonly files?: Readonly<Record<string, string>>;
  /** What the repository begins with: path → records. */
  readonly begin?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly token?: string;
  readonly timeoutMs?: number;
}

export interface RunOptions {
  readonly requests?: readonly GivenRequest[];
  /** The process dies after the handler, before its report and record are stored. */
  readonly dies?: boolean;
  readonly signal?: AbortSignal;
}

export interface Ran extends WorkResult {
  /** `pr-published` in their order. */
  readonly outcomes: readonly PrPublished[];
  /** `action` of each, with the branch where there are several. */
  readonly actions: readonly string[];
  readonly alerts: readonly string[];
  readonly triggers: readonly unknown[];
}

/** One forge serves the tests of a file, each with a repository of its own. */
let worlds = 0;

/** A publisher beside a forge, and everything around it that the loop and the comparator would do. */
export async function createWorld(forge: TestForge, options: WorldOptions = {}) {
  const repository = await createTarget(forge, options);
  const folder = await mkdtemp(join(tmpdir(), "lockstep-publisher-"));
  const [content, pauses] = [memoryContent(), memoryPauses()];
  const world = {
    config: readConfig(forge, repository, options),
    record: undefined as unknown,
    seq: 100,
    now: begin(),
  };
  const account = currentAccount(() => world.config);
  const api = createGitHubApi({ account, pauses, timeoutMs: options.timeoutMs ?? 5000 });
  const publisher = createPublisher({
    config: () => world.config,
    content,
    forge: createGitHubForge(api),
    repositories: repositoryCache({ folder, git: createGit() }),
    credentials: () => account().credentials,
    now: () => world.now,
  });
  const compared = comparisons(forge, { world, repository, content });

  async function run(event: DiffComputed, { requests = [], dies = false, ...more }: RunOptions = {}): Promise<Ran> {
    const signal = more.signal ?? AbortSignal.timeout(20_000);
    const context = { seq: event.throughSeq + 1, attempt: 1, record: world.record, requests, signal, log: silent };
    const result = await publisher(event, context);
    // What is stored is JSON: it must survive being that.
    if (!dies && result.record !== undefined) world.record = JSON.parse(JSON.stringify(result.record));
    return { ...result, ...readEvents(result) };
  }

  return {
    ...compared,
    repository,
    content,
    pauses,
    state: world,
    run,
    /** Compares and publishes in one. */
    publish: async (wanted: Wanted, how?: RunOptions) => run(await compared.diff(wanted), how),
    configure(changes: WorldOptions) {
      world.config = readConfig(forge, repository, { ...options, ...changes });
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Causes lie a little in the past, as they do. */
const begin = () => Date.now() - 600_000;
const silent = createLog("publisher", { write: () => undefined });

async function createTarget(forge: TestForge, options: WorldOptions): Promise<string> {
  const name = `db-${++worlds}`;
  const records = Object.entries(options.begin ?? { "db.json": { one: 1, two: 2 } });
  const files = Object.fromEntries(records.map(([path, content]) => [path, catalogFile(content)]));
  await forge.createRepository({ owner: "acme", name, files });
  return `acme/${name}`;
}

interface Comparing {
  readonly world: { config: Config; seq: number; now: number };
  readonly repository: string;
  readonly content: ContentStore;
}

function comparisons(forge: TestForge, { world, repository, content }: Comparing) {
  const target = (name = "text"): CatalogTarget => {
    const route = world.config.routes.get("models" as RouteName);
    const found = route?.kind === "catalog" ? route.targets.find((one) => one.name === name) : undefined;
    if (found === undefined) throw new Error(`the test's configuration has no target ${name}`);
    return found;
  };
  return {
    target,
    async diff(wanted: Wanted, name?: string): Promise<DiffComputed> {
      world.seq += 10;
      world.now += 1000;
      const { branch } = target(name);
      const reader = {
        tip: () => forge.refs(repository).get(`refs/heads/${branch}`) ?? "",
        read: (path: string) => forge.readFile(repository, branch, path).catch(() => undefined),
      };
      const detectedAt = new Date(world.now).toISOString();
      const comparison = { route: "models", target: target(name), wanted, seq: world.seq, detectedAt };
      return compare(comparison, reader, content);
    },
    /** A request that holds for what is looked at from now on. */
    request(options: GivenRequest["options"]): GivenRequest {
      world.seq += 10;
      return { requestId: "r", options, requestedAt: new Date(world.now).toISOString(), seq: world.seq };
    },
  };
}

export type PublishingWorld = Awaited<ReturnType<typeof createWorld>>;

function readConfig(forge: TestForge, repository: string, options: WorldOptions): Config {
  const { pullRequest, target, targets, route, files, token } = options;
  const usual = { repository, files: files ?? { text: "db.json" }, pullRequest: pullRequest ?? {} };
  const text = { ...usual, ...target };
  const source = { url: "http://127.0.0.1:1/", categories: Object.keys(usual.files) };
  const models = { kind: "catalog", source, targets: { text, ...withRepository(targets, repository) }, ...route };
  const github = { apiUrl: forge.apiUrl, ...(token !== "" && { token: token ?? forge.token }) };
  return parseConfig(JSON.stringify({ github, routes: { models } }), { file: "lockstep.yaml", env: {} });
}

function withRepository(targets: object = {}, repository: string): object {
  return Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, { repository, ...target }]));
}

function readEvents({ events }: WorkResult): Pick<Ran, "outcomes" | "actions" | "alerts" | "triggers"> {
  const of = (name: string) => events.filter(({ type }) => type === `lockstep.${name}.v1`).map(({ data }) => data);
  const outcomes = of("pr-published") as PrPublished[];
  return {
    outcomes,
    actions: outcomes.map(({ action, branch }) => (outcomes.length > 1 ? `${action} ${branch}` : action)),
    alerts: of("alert").map((alert) => (alert as { code: string }).code),
    triggers: of("trigger"),
  };
}
