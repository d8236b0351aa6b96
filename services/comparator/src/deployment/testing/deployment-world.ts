import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createGit, repositoryCache } from "@lockstep/git";
import { parseConfig, type DeploymentRoute } from "@lockstep/shared/config";
import {
  ChangeCause,
  changeDetected,
  deploymentDiff,
  InstanceInventory,
  RouteName,
  type DeploymentDiff,
  type UpdateApplied,
} from "@lockstep/shared/contracts";
import { createLog, type WorkResult } from "@lockstep/shared/runtime";
import { gitReleases } from "../git-releases.ts";
import { compareDeployment } from "../handler.ts";
import { minute } from "./fleet.ts";

const run = promisify(execFile);

/** A repository of releases, a fleet in memory, and the comparator between them. */
export interface DeploymentWorld extends AsyncDisposable {
  readonly inventories: Map<string, InstanceInventory>;
  readonly outcomes: Map<string, UpdateApplied>;
  nowMs: number;
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  install(instance: string, inventory: Partial<InstanceInventory>): void;
  /** Looks once, as after a change; the record is kept for the next look. */
  look(options?: string): Promise<readonly DeploymentDiff[]>;
}

const git = (folder: string, args: readonly string[]) =>
  run("git", ["-c", "user.name=Pat", "-c", "user.email=pat@example.test", ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" },
  });

export async function createDeploymentWorld(): Promise<DeploymentWorld> {
  const root = await mkdtemp(join(tmpdir(), "lockstep-deployment-"));
  const person = join(root, "person");
  const bare = join(root, "studio.git");
  await git(root, ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  await git(bare, ["config", "uploadpack.allowFilter", "true"]);
  await git(bare, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  await git(root, ["clone", "--quiet", bare, person]);
  const releases = gitReleases({
    cache: repositoryCache({ folder: join(root, "cache"), git: createGit() }),
    github: () => undefined,
  });
  const inventories = new Map<string, InstanceInventory>();
  const outcomes = new Map<string, UpdateApplied>();
  const fleet = {
    ids: async () => [...inventories.values()].map(({ instance }) => instance),
    inventories: async () => [...inventories.values()],
    lastOutcome: async (_route: string, instance: string) => outcomes.get(instance),
    resumedSeq: async () => 0,
  };
  let record: unknown;
  let seq = 0;
  const world: DeploymentWorld = {
    inventories,
    outcomes,
    nowMs: Date.parse("2026-03-02T12:00:00Z"),
    async commit(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(person, path)), { recursive: true });
        await writeFile(join(person, path), content);
      }
      await git(person, ["add", "--all"]);
      await git(person, ["commit", "--quiet", "--message", "Release"]);
      await git(person, ["push", "--quiet", "origin", "HEAD:main"]);
      return (await git(person, ["rev-parse", "HEAD"])).stdout.trim();
    },
    install: (instance, inventory) => void inventories.set(instance, inventoryOf(instance, inventory)),
    async look(options = "") {
      seq += 1;
      const question = { route: routeOf(bare, options), change: changeOf(seq) };
      const context = { seq, attempt: 1, record, requests: [], signal: AbortSignal.timeout(10 * minute), log: silent };
      const result = await compareDeployment({ releases, fleet, now: () => world.nowMs }, question, context);
      if (result.record !== undefined) record = result.record;
      return diffsOf(result);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  return world;
}

const silent = createLog("test", { write: () => {} });

function diffsOf({ events }: WorkResult): readonly DeploymentDiff[] {
  return events.map(({ subject, data }) => deploymentDiff.parse(subject, JSON.stringify(data)));
}

/** The file's own rules keep configurations to http; the route is the same but for where its repository is. */
function routeOf(bare: string, options: string): DeploymentRoute {
  const components =
    "backend: { path: backend, restart: true }, models: { path: catalogs/models.json }, docs: { path: docs }";
  const route = `kind: deployment, source: { url: https://git.example/acme/studio.git }, components: { ${components} }`;
  const yaml = `routes: { studio: { ${route}, ${options} } }`;
  const [studio] = parseConfig(yaml, { file: "lockstep.yaml", env: {} }).routes.values();
  if (studio?.kind !== "deployment") throw new Error("no deployment");
  return { ...studio, source: { ...studio.source, url: pathToFileURL(bare).href } };
}

function changeOf(seq: number) {
  const trigger = ChangeCause.parse({ kind: "poll", id: `${seq}` });
  const change = { kind: "deployment" as const, route: "studio", revision: "r", trigger, ordinal: seq };
  return changeDetected.schema.parse({ ...change, detectedAt: "2026-03-02T12:00:00Z" });
}

function inventoryOf(instance: string, inventory: Partial<InstanceInventory>): InstanceInventory {
  return InstanceInventory.parse({
    route: RouteName.parse("studio"),
    instance,
    holder: "test",
    runtime: 4,
    components: {},
    skipComponents: [],
    release: null,
    health: "healthy",
    heartbeatAt: "2026-03-02T12:00:00Z",
    ...inventory,
  });
}
