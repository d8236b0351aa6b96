import { join } from "node:path";
import { createGit, currentAccount, repositoryCache } from "@lockstep/git";
import { mirrorCache, refsStore } from "@lockstep/git/mirror";
import type { Config } from "@lockstep/shared/config";
import { prPublished, publishedDiff, refsMirrored, type PublishedDiff } from "@lockstep/shared/contracts";
import { defineService, work, type WorkQueue } from "@lockstep/shared/runtime";
import { readPublisherSettings } from "./config.ts";
import { createGitHubApi } from "./pull-request/github/github-api.ts";
import { createGitHubForge } from "./pull-request/github/github-pull-requests.ts";
import { createPublisher, leaseOf } from "./handler.ts";
import { createMirrorPublisher } from "./mirror/publish-mirror.ts";

/** The publisher makes a repository so: one publish in flight for each, over all replicas (I1). */
export const publisher = defineService("publisher", async ({ config, bus, log, holder, signal, env, limits }) => {
  const { cacheFolder, concurrency } = readPublisherSettings(env);
  const account = currentAccount(() => config.current);
  await using api = createGitHubApi({ account, pauses: bus.pauses });
  const git = createGit();
  const publishCatalog = createPublisher({
    config: () => config.current,
    content: bus.content,
    forge: createGitHubForge(api),
    repositories: repositoryCache({ folder: cacheFolder, git, log }),
    credentials: () => account().credentials,
  });
  const publishMirror = createMirrorPublisher({
    config: () => config.current,
    git,
    github: () => account().credentials,
    cache: mirrorCache({ folder: join(cacheFolder, "mirrors"), log }),
    store: refsStore(bus.content),
  });
  const queue: WorkQueue<PublishedDiff> = {
    service: "publisher",
    stream: "WORK_PUBLISHER",
    consumer: "publisher",
    contract: publishedDiff,
    leaseOf,
    siblingsOf: (diff) => siblingsOf(config.current, diff),
    outcomesOf: ({ kind, route, target }) => [
      (kind === "mirror" ? refsMirrored : prPublished).subject({ route, target }),
    ],
    contentOf: ({ diffId }) => diffId,
    handle: (diff, context) => (diff.kind === "mirror" ? publishMirror(diff, context) : publishCatalog(diff, context)),
  };
  await work(queue, { bus, log, holder, limits: { ...limits, concurrency } }, signal);
});

/** The queue's subjects of everything that is written to the same repository. */
function siblingsOf({ routes }: Config, { repository }: PublishedDiff): readonly string[] {
  return [...routes.values()].flatMap(({ kind, name, targets }) =>
    targets
      .filter(({ identity }) => identity === repository)
      .map((target) => `work.publisher.${kind}.${name}.${target.name}`),
  );
}
