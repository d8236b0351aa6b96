import type { MirrorRoute } from "./complete-mirror.ts";
import type { Config } from "./config.ts";

export interface Conflict {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong between routes that are each right. */
export function findConflicts(config: Config): readonly Conflict[] {
  return [
    ...sharedFiles(config),
    ...mirrorsOfThemselves(config),
    ...sharedMirrors(config),
    ...unknownRoutes(config),
    ...updaterRoute(config),
  ];
}

/** A route that waits for one that does not exist waits for ever. */
function unknownRoutes({ routes }: Config): readonly Conflict[] {
  return [...routes.values()].flatMap(({ name, triggers }) =>
    triggers.after
      .filter((after) => !routes.has(after))
      .map((after) => ({ path: ["routes", name, "triggers", "after"], message: `there is no route ${after}` })),
  );
}

/** An updater follows a deployment route. */
function updaterRoute({ updater, routes }: Config): readonly Conflict[] {
  if (updater === undefined || routes.get(updater.route)?.kind === "deployment") return [];
  return [{ path: ["updater", "route"], message: `there is no deployment route ${updater.route}` }];
}

/** Two writers of one file would undo each other for ever: every such pair, but for the first. */
function sharedFiles(config: Config): readonly Conflict[] {
  const writers = new Map<string, string>();
  const conflicts: Conflict[] = [];
  for (const route of config.routes.values())
    for (const target of route.kind === "catalog" ? route.targets : [])
      for (const file of target.files) {
        const place = `${target.identity} ${target.branch} ${file.path}`;
        const writer = `${route.name}.${target.name} (${file.category})`;
        const other = writers.get(place);
        if (other === undefined) writers.set(place, writer);
        else
          conflicts.push({
            path: ["routes", route.name, "targets", target.name],
            message: `${file.path} on ${target.branch} of ${target.repository} is already written by ${other}`,
          });
      }
  return conflicts;
}

/** A mirror of itself would push what it reads, and prune what it left out. */
function mirrorsOfThemselves({ routes }: Config): readonly Conflict[] {
  return mirrors(routes).flatMap(({ name, source, targets }) =>
    targets
      .filter(({ identity }) => identity === source.identity)
      .map((target) => ({ path: ["routes", name, "targets", target.name], message: "is the route's own source" })),
  );
}

/** Two mirrors of the same refs of one repository would undo each other for ever. */
function sharedMirrors({ routes }: Config): readonly Conflict[] {
  const writers = new Map<string, string>();
  const conflicts: Conflict[] = [];
  for (const route of mirrors(routes))
    for (const target of route.targets)
      for (const pattern of route.refs.include) {
        const place = `${target.identity} ${pattern}`;
        const writer = `${route.name}.${target.name}`;
        const other = writers.get(place) ?? writer;
        writers.set(place, other);
        if (other !== writer)
          conflicts.push({
            path: ["routes", route.name, "targets", target.name],
            message: `${pattern} of ${target.identity} is already mirrored by ${other}`,
          });
      }
  return conflicts;
}

function mirrors(routes: Config["routes"]): readonly MirrorRoute[] {
  return [...routes.values()].filter((route) => route.kind === "mirror");
}
