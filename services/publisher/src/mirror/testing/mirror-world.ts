import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGit, type Git } from "@lockstep/git";
import { createRefFilter, mirrorCache, refsStore, selectRefs } from "@lockstep/git/mirror";
import { runGit, serverToken, startGitServer, type GitServer } from "@lockstep/git/testing";
import { parseConfig, type MirrorRoute } from "@lockstep/shared/config";
import {
  mirrorDiff,
  RouteName,
  type ChangeCause,
  type MirrorDiff,
  type RefsMirrored,
} from "@lockstep/shared/contracts";
import { createLog, type GivenRequest, type WorkResult } from "@lockstep/shared/runtime";
import { memoryContent } from "../../pull-request/testing/memory-stores.ts";
import { createMirrorPublisher } from "../publish-mirror.ts";

export interface MirrorRunOptions {
  readonly trigger?: ChangeCause["kind"];
  readonly requests?: readonly GivenRequest[];
  readonly attempt?: number;
  readonly target?: string;
  /** The process dies after the handler: neither report nor record are stored. */
  readonly dies?: boolean;
  readonly timeoutMs?: number;
  /** After the comparator looked, before the publisher does. */
  readonly beforeFetch?: () => Promise<void>;
}

/** A source and its destinations on a real git server, and a publisher that mirrors between them. */
export interface MirrorWorld extends AsyncDisposable {
  readonly server: GitServer;
  readonly cacheFolder: string;
  /** Bare folders: `source`, and each destination by its name. */
  readonly folders: Readonly<Record<string, string>>;
  /** Sets refs of the source, each to a commit of its own that follows the one before; null deletes. */
  change(refs: Readonly<Record<string, string | null>>): Promise<void>;
  refs(repository: string): Promise<Readonly<Record<string, string>>>;
  /** Compares as the comparator would and publishes; stores record and watermark as the loop would. */
  run(options?: MirrorRunOptions): Promise<RefsMirrored>;
  readonly events: WorkResult["events"][number][];
}

export interface MirrorWorldOptions {
  readonly targets?: readonly string[];
  readonly target?: object;
  readonly route?: object;
  readonly refs?: object;
  readonly url?: (server: GitServer, name: string) => string;
  readonly git?: Git;
  /** Of both sides. Default: the server's token. */
  readonly auth?: object | false;
}

export async function createMirrorWorld(options: MirrorWorldOptions = {}): Promise<MirrorWorld> {
  const server = await startGitServer();
  const root = await mkdtemp(join(tmpdir(), "lockstep-mirror-"));
  const names = options.targets ?? ["copy"];
  const folders: Record<string, string> = {};
  for (const name of ["source", ...names]) folders[name] = (await server.createRepository(`acme/${name}`)).folder;
  const url = (name: string) => options.url?.(server, name) ?? `${server.origin}/acme/${name}.git`;
  const route = parseRoute(options, { names, url });
  const cacheFolder = join(root, "cache");
  const publishing = createPublishing({ route, cacheFolder, git: options.git ?? createGit() });
  const source = folders["source"] ?? "";
  return {
    server,
    cacheFolder,
    folders,
    events: publishing.events,
    async change(refs) {
      for (const [ref, content] of Object.entries(refs))
        if (content === null) await runGit(source, ["update-ref", "-d", ref]);
        else await runGit(source, ["update-ref", ref, await commit(source, ref, content)]);
    },
    refs: (repository) => readRefs(folders[repository] ?? ""),
    async run(run = {}) {
      return publishing.publish(await readRefs(source), run);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

interface Naming {
  readonly names: readonly string[];
  readonly url: (name: string) => string;
}

function parseRoute({ target, route, refs, auth: given }: MirrorWorldOptions, { names, url }: Naming): MirrorRoute {
  const auth = given === false ? undefined : (given ?? { token: serverToken });
  const targets = Object.fromEntries(names.map((name) => [name, { url: url(name), auth, ...target }]));
  const yaml = { kind: "mirror", source: { url: url("source"), auth }, targets, refs: { ...refs }, ...route };
  const config = parseConfig(JSON.stringify({ routes: { web: yaml } }), { file: "lockstep.yaml", env: {} });
  const found = config.routes.get(RouteName.parse("web"));
  if (found?.kind !== "mirror") throw new TypeError("the test's route is no mirror");
  return found;
}

async function commit(folder: string, ref: string, content: string): Promise<string> {
  const before = await runGit(folder, ["for-each-ref", "--format=%(objectname)", ref]);
  const tree = await runGit(folder, ["hash-object", "-t", "tree", "-w", "/dev/null"]);
  return runGit(folder, ["commit-tree", tree, "-m", content, ...(before === "" ? [] : ["-p", before])]);
}

async function readRefs(folder: string): Promise<Record<string, string>> {
  const lines = await runGit(folder, ["for-each-ref", "--format=%(refname) %(objectname)"]);
  return Object.fromEntries(
    lines
      .split("\n")
      .filter(Boolean)
      .map((line) => line.split(" ", 2) as [string, string]),
  );
}

interface PublishingOptions {
  readonly route: MirrorRoute;
  readonly cacheFolder: string;
  readonly git: Git;
}

function createPublishing({ route, cacheFolder, git }: PublishingOptions) {
  const store = refsStore(memoryContent());
  const config = parseConfig("", { file: "lockstep.yaml", env: {} });
  const publish = createMirrorPublisher({
    config: () => ({ ...config, routes: new Map([[route.name, route]]) }),
    git,
    github: () => undefined,
    cache: mirrorCache({ folder: cacheFolder }),
    store,
  });
  const log = createLog("test");
  log.level = "silent";
  const records = new Map<string, unknown>();
  const events: WorkResult["events"][number][] = [];
  let seq = 0;
  return {
    events,
    async publish(refs: Readonly<Record<string, string>>, options: MirrorRunOptions): Promise<RefsMirrored> {
      const { trigger = "webhook", requests = [], attempt = 1, target = route.targets[0]?.name ?? "" } = options;
      seq += 1;
      const wanted = selectRefs(new Map(Object.entries(refs)), createRefFilter(route.refs));
      const content = await store.put({ head: undefined, refs: wanted });
      await options.beforeFetch?.();
      const diff = createDiff({ route, target, seq, content, trigger });
      const signal = AbortSignal.timeout(options.timeoutMs ?? 20_000);
      const result = await publish(diff, { seq, attempt, record: records.get(target), requests, signal, log });
      const outcome = result.events.at(-1)?.data as RefsMirrored;
      if (options.dies) return outcome;
      events.push(...result.events);
      if (result.record !== undefined) records.set(target, JSON.parse(JSON.stringify(result.record)));
      return outcome;
    },
  };
}

interface DiffOptions {
  readonly route: MirrorRoute;
  readonly target: string;
  readonly seq: number;
  readonly content: string;
  readonly trigger: ChangeCause["kind"];
}

function createDiff({ route, target, seq, content, trigger }: DiffOptions): MirrorDiff {
  const found = route.targets.find(({ name }) => name === target);
  const event = mirrorDiff.create({
    kind: "mirror",
    route: route.name,
    target,
    diffId: content,
    throughSeq: seq,
    ordinal: seq,
    revision: "1",
    trigger: { kind: trigger, id: `${seq}` },
    detectedAt: new Date().toISOString(),
    counts: { added: 0, removed: 0, modified: 0 },
    content,
    repository: found?.identity ?? "",
  });
  return mirrorDiff.parse(event.subject, JSON.stringify(event.data));
}
