import type { Credentials, Git } from "@lockstep/git";
import { openRemote, type RefsStore } from "@lockstep/git/mirror";
import type { MirrorRoute } from "@lockstep/shared/config";
import type { ChangeDetected } from "@lockstep/shared/contracts";
import { LaterError, type WorkContext, type WorkResult } from "@lockstep/shared/runtime";
import type { AcknowledgedRefs } from "./acknowledged-refs.ts";
import { decideLag, type LagQuestion } from "./decide-lag.ts";
import { planMirrorDiff } from "./plan-mirror-diff.ts";
import { readSource, storeWanted } from "./read-source.ts";

export interface MirrorComparator {
  readonly git: Git;
  readonly github: () => Credentials | undefined;
  readonly store: RefsStore;
  readonly acknowledged: AcknowledgedRefs;
}

/** Reads the source's refs, stores those that the route carries, and announces them to every destination. */
export async function compareMirror(
  { git, github, store, acknowledged }: MirrorComparator,
  { route, change }: { readonly route: MirrorRoute; readonly change: ChangeDetected },
  context: WorkContext,
): Promise<WorkResult> {
  const { signal, seq, log } = context;
  const source = openRemote(route.source, { git, github: github() });
  const question = { route, change, source, store };
  const read = await readSource(question, context.record, signal);
  const { wanted, before } = read;
  refuseLag(change, { refs: wanted.refs, before: before?.refs });
  const compared = await storeWanted(question, read, signal);
  const { content } = compared;
  const events = await Promise.all(
    route.targets.map(async (target) => {
      const present = await acknowledged.read({ route: route.name, target: target.name }, signal);
      return planMirrorDiff({ route, target, change, seq, content, wanted, acknowledged: present });
    }),
  );
  log.info({ refs: wanted.refs.size, content }, "source compared");
  return { events, record: compared };
}

function refuseLag(change: ChangeDetected, served: Pick<LagQuestion, "refs" | "before">): void {
  const untilMs = decideLag({ change, ...served, nowMs: Date.now() });
  if (untilMs === undefined) return;
  throw new LaterError("SOURCE_LAGS", `the source does not serve ${change.announced?.ref} as its webhook said yet`, {
    untilMs,
    hint: "Hosts may be a few seconds behind their own webhooks: it is asked again for half a minute.",
  });
}
