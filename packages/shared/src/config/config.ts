import type { z } from "zod";
import type { RouteName, TargetName } from "../contracts/names.ts";
import { repositoryIdentity, type RepositoryIdentity } from "../contracts/repository-identity.ts";
import type { CatalogTargetInput, PullRequestOptions } from "./catalog-route.ts";
import { completeDeployment, type DeploymentRoute } from "./complete-deployment.ts";
import { completeMirror, type MirrorRoute } from "./complete-mirror.ts";
import { forgeWebUrl, type GitHubOptions } from "./github.ts";
import type { configSchema, ConsoleOptions, NatsOptions } from "./schema.ts";
import { mergeTriggers, type TriggerOptions } from "./triggers.ts";
import type { UpdaterOptions } from "./updater-options.ts";
import type { WebhookOptions } from "./webhooks.ts";

type ConfigInput = z.output<typeof configSchema>;
type RouteInput = ConfigInput["routes"][RouteName];
type CatalogRouteInput = Extract<RouteInput, { kind: "catalog" }>;

/** A category's file at a target. */
export interface CatalogFile {
  readonly category: string;
  readonly path: string;
  readonly transform?: "horde-text" | undefined;
  readonly strict: boolean;
}

/** A repository that a catalog route keeps in step. */
export interface CatalogTarget {
  readonly name: TargetName;
  /** `owner/name`, as the forge spells it. */
  readonly repository: string;
  readonly identity: RepositoryIdentity;
  /** Where git fetches and pushes. */
  readonly gitUrl: string;
  readonly branch: string;
  readonly files: readonly CatalogFile[];
  readonly batch: boolean;
  readonly order: "target" | "source";
  readonly targetEdits: "report" | "keep";
  readonly pullRequest: PullRequestOptions;
}

export interface CatalogRoute {
  readonly kind: "catalog";
  readonly name: RouteName;
  /** `categories`: those of the source and of all targets. `timeout` in milliseconds. */
  readonly source: CatalogRouteInput["source"] & { readonly categories: readonly string[] };
  readonly targets: readonly CatalogTarget[];
  readonly triggers: TriggerOptions;
  readonly dryRun: boolean;
}

export type Route = CatalogRoute | MirrorRoute | DeploymentRoute;

/** lockstep.yaml with every default filled in. */
export interface Config {
  readonly nats: NatsOptions;
  readonly github: GitHubOptions;
  readonly console: ConsoleOptions;
  readonly webhooks: WebhookOptions;
  /** Of the installation that this file is for; absent everywhere else. */
  readonly updater?: UpdaterOptions | undefined;
  readonly routes: ReadonlyMap<RouteName, Route>;
  /** Keys that are absent because their reference leads nowhere, ready to be read by a person. */
  readonly absent: readonly string[];
}

/** Fills in what the file leaves out. */
export function completeConfig(input: ConfigInput, absent: readonly string[]): Config {
  const webUrl = forgeWebUrl(input.github.apiUrl);
  const routes = Object.entries(input.routes).map(([name, route]): [RouteName, Route] => [
    name as RouteName,
    completeRoute(name as RouteName, route, { webUrl, triggers: input.defaults?.triggers }),
  ]);
  const { nats = {}, github, console, webhooks, updater } = input;
  return { nats, github, console, webhooks, updater, routes: new Map(routes), absent };
}

interface Surrounding {
  readonly webUrl: string;
  readonly triggers: Parameters<typeof mergeTriggers>[1];
}

function completeRoute(name: RouteName, input: RouteInput, around: Surrounding): Route {
  if (input.kind === "deployment") return completeDeployment(name, input, around.triggers);
  if (input.kind === "mirror") return completeMirror(name, input, around.triggers);
  const named = input.source.categories;
  const targets = Object.entries(input.targets).map(([target, options]) =>
    completeTarget(target as TargetName, options, { webUrl: around.webUrl, categories: named ?? [] }),
  );
  const categories = new Set([...(named ?? []), ...targets.flatMap(({ files }) => files.map((file) => file.category))]);
  return {
    kind: "catalog",
    name,
    source: { ...input.source, categories: [...categories] },
    targets,
    triggers: mergeTriggers(input.triggers, around.triggers),
    dryRun: input.dryRun,
  };
}

/** The names that clients of the legacy repositories read. */
const fileNames: Readonly<Record<string, string>> = {
  image_generation: "stable_diffusion.json",
  text_generation: "db.json",
};

interface TargetSurrounding {
  readonly webUrl: string;
  readonly categories: readonly string[];
}

function completeTarget(name: TargetName, input: CatalogTargetInput, around: TargetSurrounding): CatalogTarget {
  const files = input.files ?? Object.fromEntries(around.categories.map((category) => [category, { strict: false }]));
  const gitUrl = `${around.webUrl}/${input.repository}.git`;
  return {
    ...input,
    name,
    gitUrl,
    identity: repositoryIdentity(gitUrl),
    files: Object.entries(files).map(([category, file]) => ({
      ...file,
      category,
      path: file.path ?? fileNames[category] ?? `${category}.json`,
    })),
  };
}
