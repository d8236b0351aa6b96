import { mkdtemp, rm, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import fastify from "fastify";
import { createCompareCache } from "./compare-cache.ts";
import { createFaults, type Faults } from "./faults.ts";
import { followRefs } from "./follow-refs.ts";
import { createBareRepository, readRefs } from "./git/bare-repository.ts";
import { commitFiles, type Author, type Files } from "./git/commit-files.ts";
import type { MergeMethod } from "./git/merge-branches.ts";
import { runGit } from "./git/run-git.ts";
import { loadCheck } from "./openapi/check.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { serveRest } from "./rest/dispatch.ts";
import { mergePull } from "./rest/merge-pull.ts";
import { serveGit } from "./smart-http.ts";
import {
  createState,
  findRepository,
  fullName,
  instant,
  userOf,
  type Permission,
  type Pull,
  type Repository,
  type Token,
} from "./state.ts";
import { createWebhooks, type Webhooks } from "./webhooks.ts";
import { gitFolder, type AppRegistration, type World } from "./world.ts";

export interface ForgeOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Keeps repositories and state here; default: a temporary folder, removed at the end. */
  readonly folder?: string;
  readonly app?: AppRegistration;
  /** API calls an hour for each token; default 5000, as GitHub's. */
  readonly rateLimit?: number;
}

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** Committed to the default branch; absent: the repository is empty. */
  readonly files?: Files;
  /** The default branch; default `main`. */
  readonly branch?: string;
  readonly private?: boolean;
  readonly author?: Author;
}

export interface NewCommit {
  /** Default: the default branch. Made from the default branch's tip when it is new. */
  readonly branch?: string;
  /** A ref or commit to start a new branch at, instead. */
  readonly from?: string;
  readonly files: Files;
  readonly message?: string;
  readonly author?: Author;
  readonly date?: Date;
}

/** A forge on 127.0.0.1 that answers as GitHub Enterprise Server does. Names are `owner/name`. */
export interface Forge extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** For `github.apiUrl`: `…/api/v3`. */
  readonly apiUrl: string;
  /** May do everything, as `lockstep-bot`. */
  readonly token: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly webhooks: Pick<Webhooks, "deliveries" | "redeliver" | "settled">;
  createRepository(repository: NewRepository): Promise<{ readonly fullName: string; readonly cloneUrl: string }>;
  /** Commits without a push, as a person would in the browser. Gives the commit's id. */
  commit(repository: string, commit: NewCommit): Promise<string>;
  deleteBranch(repository: string, branch: string): Promise<void>;
  readFile(repository: string, ref: string, path: string): Promise<Buffer>;
  /** Ref name → object id. */
  refs(repository: string): ReadonlyMap<string, string>;
  /** `git log` of a ref, newest first. */
  history(repository: string, ref: string): Promise<readonly { readonly sha: string; readonly subject: string }[]>;
  pulls(repository: string): readonly Pull[];
  merge(repository: string, number: number, options?: { method?: MergeMethod; by?: string }): Promise<string>;
  addToken(token: Partial<Token> & { readonly login: string }): string;
  addCollaborator(repository: string, login: string, permission?: Permission): void;
  close(): Promise<void>;
}

/** Starts a forge; it is gone, with its temporary folder, when disposed. */
export async function startForge(options: ForgeOptions = {}): Promise<Forge> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "lockstep-forge-")));
  await mkdir(join(folder, "git"), { recursive: true });
  const world = createWorld(folder, options);
  const token = addToken(world, { login: "lockstep-bot", permission: "admin" });
  const app = fastify({ bodyLimit: 2 ** 40, forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  serveGit(app, world);
  serveRest(app, world);
  world.url = await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  const close = async () => {
    await app.close();
    await world.webhooks.close();
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  return {
    url: world.url,
    apiUrl: `${world.url}/api/v3`,
    token,
    faults: world.faults,
    log: world.log,
    webhooks: world.webhooks,
    ...repositoryMethods(world),
    addToken: (one) => addToken(world, one),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createWorld(folder: string, options: ForgeOptions): World {
  return {
    folder,
    state: createState(),
    faults: createFaults(),
    log: createRequestLog(),
    webhooks: createWebhooks(),
    check: loadCheck(),
    compare: createCompareCache(),
    app: options.app,
    rateLimit: options.rateLimit ?? 5000,
    url: "",
    changed: () => undefined,
  };
}

function addToken(world: World, given: Partial<Token> & { readonly login: string }): string {
  const token = { token: `ghp_${randomBytes(18).toString("hex")}`, ...given };
  userOf(world.state, token.login);
  world.state.tokens.set(token.token, token);
  return token.token;
}

function repositoryMethods(world: World) {
  const find = (name: string): Repository => {
    const repository = findRepository(world.state, name);
    if (repository === undefined) throw new Error(`there is no repository ${name}`);
    return repository;
  };
  return {
    createRepository: (repository: NewRepository) => createRepository(world, repository),
    async commit(name: string, commit: NewCommit) {
      const repository = find(name);
      const { branch = repository.settings.defaultBranch, from, ...rest } = commit;
      const tip = repository.refs.get(`refs/heads/${branch}`);
      const start = from ?? tip ?? repository.refs.get(`refs/heads/${repository.settings.defaultBranch}`);
      const parent = start === undefined ? {} : { parent: start };
      const sha = await commitFiles(gitFolder(world, repository), { ...rest, branch, ...parent });
      await followRefs(world, repository, commit.author?.name.replaceAll(" ", "-") ?? "mona");
      return sha;
    },
    async deleteBranch(name: string, branch: string) {
      await runGit(gitFolder(world, find(name)), ["update-ref", "-d", `refs/heads/${branch}`]);
      await followRefs(world, find(name), "mona");
    },
    readFile: async (name: string, ref: string, path: string) =>
      (await runGit(gitFolder(world, find(name)), ["cat-file", "blob", `${ref}:${path}`])).stdout,
    refs: (name: string) => find(name).refs,
    async history(name: string, ref: string) {
      const { text } = await runGit(gitFolder(world, find(name)), ["log", "--format=%H %s", ref]);
      return text.split("\n").map((line) => ({ sha: line.slice(0, 40), subject: line.slice(41) }));
    },
    pulls: (name: string) => [...find(name).pulls.values()],
    async merge(
      name: string,
      number: number,
      { method = "merge", by = "mona" }: { method?: MergeMethod; by?: string } = {},
    ) {
      const pull = find(name).pulls.get(number);
      if (pull === undefined) throw new Error(`there is no pull request ${number} in ${name}`);
      return await mergePull(world, find(name), { pull, method, by });
    },
    addCollaborator(name: string, login: string, permission: Permission = "write") {
      userOf(world.state, login);
      find(name).collaborators.set(login.toLowerCase(), permission);
    },
  };
}

async function createRepository(world: World, given: NewRepository) {
  const { owner, name, branch = "main" } = given;
  const folder = gitFolder(world, given);
  await createBareRepository(folder, branch);
  if (given.files !== undefined)
    await commitFiles(folder, {
      branch,
      files: given.files,
      message: "Begin",
      ...(given.author && { author: given.author }),
    });
  const refs = await readRefs(folder);
  const now = instant();
  const empty = { refs, pulls: new Map<number, Pull>(), comments: [] };
  userOf(world.state, owner);
  const repository: Repository = {
    ...empty,
    before: empty,
    id: world.state.nextId++,
    owner,
    name,
    forkOf: undefined,
    createdAt: now,
    pushedAt: now,
    updatedAt: now,
    settings: {
      private: given.private ?? false,
      archived: false,
      description: null,
      defaultBranch: branch,
      allowMergeCommit: true,
      allowSquashMerge: true,
      allowRebaseMerge: true,
      deleteBranchOnMerge: false,
    },
    labels: [],
    milestones: [],
    collaborators: new Map(),
    protection: new Map(),
    webhooks: [],
    nextNumber: 1,
  };
  world.state.repositories.set(fullName(repository).toLowerCase(), repository);
  world.changed();
  return { fullName: fullName(repository), cloneUrl: `${world.url}/${fullName(repository)}.git` };
}
