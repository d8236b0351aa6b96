import { createGit, gitHubCredentials, repositoryCache } from "@lockstep/git";
import { changeDetected, diffComputed, type ChangeDetected } from "@lockstep/shared/contracts";
import { defineService, work, type WorkQueue } from "@lockstep/shared/runtime";
import { storedBaselines } from "./baselines.ts";
import { readEnvironment } from "./config.ts";
import { gitTargetFiles } from "./git-target-files.ts";
import { createComparator } from "./handler.ts";

/** The comparator knows what changed: one run at a time for each route. */
export const comparator = defineService("comparator", async ({ config, bus, log, holder, signal, env, limits }) => {
  const { cacheFolder } = readEnvironment(env);
  const cache = repositoryCache({ folder: cacheFolder, git: createGit(), log });
  const targets = gitTargetFiles({ cache, credentials: () => gitHubCredentials(config.current.github) });
  const queue: WorkQueue<ChangeDetected> = {
    service: "comparator",
    stream: "WORK_COMPARATOR",
    consumer: "comparator",
    contract: changeDetected,
    leaseOf: ({ route }) => route,
    siblingsOf: () => [],
    outcomesOf: ({ kind, route }) =>
      (config.current.routes.get(route)?.targets ?? []).map(({ name }) =>
        diffComputed.subject({ kind, route, target: name }),
      ),
    contentOf: ({ revision }) => revision,
    handle: createComparator({ config, targets, baselines: storedBaselines(bus), content: bus.content }),
  };
  await work(queue, { bus, log, holder, limits }, signal);
});
