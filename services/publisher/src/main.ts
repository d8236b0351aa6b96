import { createGit, gitHubCredentials, repositoryCache } from "@lockstep/git";
import type { Config } from "@lockstep/shared/config";
import { diffComputed, prPublished, type DiffComputed } from "@lockstep/shared/contracts";
import { defineService, work, type WorkQueue } from "@lockstep/shared/runtime";
import { join } from "node:path";
import { readPublisherSettings } from "./config.ts";
import { createGitHubApi } from "./github/github-api.ts";
import { createGitHubForge } from "./github/github-pull-requests.ts";
import { createPublisher, leaseOf } from "./handler.ts";

/** The publisher makes a repository so: one publish in flight for each, over all replicas (I1). */
export const publisher = defineService("publisher", async ({ config, bus, log, holder, signal, env, limits }) => {
  const { cacheFolder, concurrency } = readPublisherSettings(env);
  const { github } = config.current;
  const credentials = gitHubCredentials(github);
  await using api = createGitHubApi({ github, credentials, pauses: bus.pauses });
  const queue: WorkQueue<DiffComputed> = {
    service: "publisher",
    stream: "WORK_PUBLISHER",
    consumer: "publisher",
    contract: diffComputed,
    leaseOf,
    siblingsOf: (diff) => siblingsOf(config.current, diff),
    outcomesOf: ({ route, target }) => [prPublished.subject({ route, target })],
    contentOf: ({ diffId }) => diffId,
    handle: createPublisher({
      config: () => config.current,
      content: bus.content,
      forge: createGitHubForge(api),
      repositories: repositoryCache({ folder: join(cacheFolder, "publisher"), git: createGit(), log }),
      credentials,
    }),
  };
  await work(queue, { bus, log, holder, limits: { ...limits, concurrency } }, signal);
});

/** The queue's subjects of everything that is written to the same repository. */
function siblingsOf({ routes }: Config, { repository }: DiffComputed): readonly string[] {
  return [...routes.values()].flatMap(({ kind, name, targets }) =>
    targets
      .filter(({ identity }) => identity === repository)
      .map((target) => `work.publisher.${kind}.${name}.${target.name}`),
  );
}
