import { createGit, repositoryCache } from "@lockstep/git";
import type { Config } from "@lockstep/shared/config";
import { diffComputed, prPublished, type DiffComputed } from "@lockstep/shared/contracts";
import { defineService, work, type WorkQueue } from "@lockstep/shared/runtime";
import { readPublisherSettings } from "./config.ts";
import { currentAccount } from "./pull-request/github/github-account.ts";
import { createGitHubApi } from "./pull-request/github/github-api.ts";
import { createGitHubForge } from "./pull-request/github/github-pull-requests.ts";
import { createPublisher, leaseOf } from "./handler.ts";

/** The publisher makes a repository so: one publish in flight for each, over all replicas (I1). */
export const publisher = defineService("publisher", async ({ config, bus, log, holder, signal, env, limits }) => {
  const { cacheFolder, concurrency } = readPublisherSettings(env);
  const account = currentAccount(() => config.current);
  await using api = createGitHubApi({ account, pauses: bus.pauses });
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
      repositories: repositoryCache({ folder: cacheFolder, git: createGit(), log }),
      credentials: () => account().credentials,
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
