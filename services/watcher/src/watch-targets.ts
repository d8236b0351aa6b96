import { createGit, openServerRefs } from "@lockstep/git";
import type { CatalogRoute, CatalogTarget, ConfigStore } from "@lockstep/shared/config";
import type { Bus, Log } from "@lockstep/shared/runtime";
import { createAgenda } from "./agenda.ts";
import type { InTurn } from "./in-turn.ts";
import type { Changes } from "./publish-change.ts";
import { rememberCredentials } from "./remember-credentials.ts";
import { targetRefs, type TargetRefs } from "./target-refs.ts";
import { watchTarget } from "./watch-target.ts";

export interface TargetSurroundings {
  readonly bus: Bus;
  readonly changes: Changes;
  readonly log: Log;
  readonly config: ConfigStore;
  /** Shared with whoever takes webhooks: only one of them tells of a repository at a time. */
  readonly inTurn: InTurn;
  /** The clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

export interface TargetWatch {
  status(): { readonly watched: number; readonly failing: readonly string[]; readonly nextMs: number | undefined };
  /** Runs until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

interface Item {
  readonly route: CatalogRoute;
  readonly target: CatalogTarget;
  readonly refs: TargetRefs;
}

/** A hundred thousand targets in five minutes are 333 a second: what so many at once can do at a tenth of a second each. */
const lookedAtOnce = 32;
const longestSleepMs = 3_600_000;

/** Looks at the branches of every catalog target when it is due, and follows the configuration. */
export function watchTargets(around: TargetSurroundings): TargetWatch {
  const { config, log, now } = around;
  const serverRefs = openServerRefs({ git: createGit() });
  const credentialsNow = rememberCredentials(config);
  const failing = new Set<string>();
  const agenda = createAgenda<string, Item>({
    atOnce: lookedAtOnce,
    longestSleepMs,
    now,
    async look(item, signal) {
      const watched = { ...around, ...item, serverRefs, credentials: credentialsNow() };
      const { nextMs, isFailing } = await watchTarget(watched, signal);
      if (isFailing) failing.add(keyOf(item));
      else failing.delete(keyOf(item));
      return nextMs;
    },
    onFailure: (item, error) => log.warn({ error, target: keyOf(item) }, "look failed, will be repeated"),
  });
  let known: ReadonlyMap<string, CatalogTarget> = new Map();
  const adopt = () => {
    const wanted = new Map(itemsOf(config).map((item) => [keyOf(item), item]));
    for (const key of known.keys())
      if (!wanted.has(key)) {
        agenda.delete(key);
        failing.delete(key);
      }
    for (const [key, item] of wanted) if (known.get(key) !== item.target) agenda.set(key, item, now());
    known = new Map([...wanted].map(([key, { target }]) => [key, target]));
  };
  config.onChange(adopt);
  adopt();

  return {
    status() {
      const due = [...agenda.dueTimes().values()];
      const nextMs = due.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
      return { watched: due.length, failing: [...failing], nextMs: due.length === 0 ? undefined : nextMs };
    },
    async run(signal) {
      await agenda.run(signal);
      await serverRefs[Symbol.asyncDispose]();
    },
  };
}

function keyOf({ route, target }: Item): string {
  return `${route.name}.${target.name}`;
}

/** Where only webhooks count nothing is polled. */
function itemsOf({ current }: ConfigStore): readonly Item[] {
  return [...current.routes.values()]
    .filter(({ triggers }) => triggers.policy !== "webhook-only")
    .flatMap((route) =>
      route.kind === "catalog"
        ? route.targets.map((target) => ({ route, target, refs: targetRefs(route, target) }))
        : [],
    );
}
