import { createGit, currentAccount, repositoryCache } from "@lockstep/git";
import { refsStore } from "@lockstep/git/mirror";
import { changeDetected, diffComputed, type ChangeDetected } from "@lockstep/shared/contracts";
import { defineService, work, type WorkQueue } from "@lockstep/shared/runtime";
import { storedBaselines } from "./catalog/baselines.ts";
import { readEnvironment } from "./config.ts";
import { gitTargetFiles } from "./catalog/git-target-files.ts";
import { fleetStateOn } from "./deployment/fleet-state.ts";
import { gitReleases } from "./deployment/git-releases.ts";
import { compareDeployment } from "./deployment/handler.ts";
import { createComparator } from "./handler.ts";
import { storedAcknowledgements } from "./mirror/acknowledged-refs.ts";
import { compareMirror } from "./mirror/compare-mirror.ts";

/** The comparator knows what changed: one run at a time for each route. */
export const comparator = defineService("comparator", async ({ config, bus, log, holder, signal, env, limits }) => {
  const { cacheFolder } = readEnvironment(env);
  const git = createGit();
  const cache = repositoryCache({ folder: cacheFolder, git, log });
  const account = currentAccount(() => config.current);
  const github = () => account().credentials;
  const targets = gitTargetFiles({ cache, credentials: github });
  const compareCatalog = createComparator({ config, targets, baselines: storedBaselines(bus), content: bus.content });
  const fleet = fleetStateOn(bus);
  const deployments = { releases: gitReleases({ cache, github }), fleet, now: Date.now };
  const store = refsStore(bus.content);
  const mirrors = { git, github, store, acknowledged: storedAcknowledgements(bus, store) };
  const queue: WorkQueue<ChangeDetected> = {
    service: "comparator",
    stream: "WORK_COMPARATOR",
    consumer: "comparator",
    contract: changeDetected,
    leaseOf: ({ route }) => route,
    siblingsOf: () => [],
    async outcomesOf({ kind, route }) {
      const configured = config.current.routes.get(route)?.targets ?? [];
      const targets = kind === "deployment" ? await fleet.ids(route) : configured.map(({ name }) => name);
      return targets.map((target) => diffComputed.subject({ kind, route, target }));
    },
    contentOf: ({ revision }) => revision,
    handle: (change, context) => {
      const route = config.current.routes.get(change.route);
      if (route?.kind === "mirror") return compareMirror(mirrors, { route, change }, context);
      return route?.kind === "deployment"
        ? compareDeployment(deployments, { route, change }, context)
        : compareCatalog(change, context);
    },
  };
  await work(queue, { bus, log, holder, limits }, signal);
});
