import type { Config } from "./config.ts";

export interface Conflict {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong between routes that are each right. */
export function findConflicts(config: Config): readonly Conflict[] {
  return [...sharedFiles(config), ...unknownRoutes(config), ...updaterRoute(config)];
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
