import type { Credentials, Git } from "@lockstep/git";
import { createRefFilter, listRefs, openRemote, selectRefs, type RefsStore } from "@lockstep/git/mirror";
import type { MirrorRoute } from "@lockstep/shared/config";
import type { ChangeDetected, WantedRefs } from "@lockstep/shared/contracts";
import { LaterError, type WorkContext, type WorkResult } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { AcknowledgedRefs } from "./acknowledged-refs.ts";
import { decideLag } from "./decide-lag.ts";
import { planMirrorDiff } from "./plan-mirror-diff.ts";

export interface MirrorComparator {
  readonly git: Git;
  readonly github: () => Credentials | undefined;
  readonly store: RefsStore;
  readonly acknowledged: AcknowledgedRefs;
}

const recordSchema = z.object({ content: z.string() });

/** Reads the source's refs, stores those that the route carries, and announces them to every destination. */
export async function compareMirror(
  { git, github, store, acknowledged }: MirrorComparator,
  { route, change }: { readonly route: MirrorRoute; readonly change: ChangeDetected },
  context: WorkContext,
): Promise<WorkResult> {
  const { signal, seq, log } = context;
  const filter = createRefFilter(route.refs);
  const source = openRemote(route.source, { git, github: github() });
  const { head, refs } = await listRefs(source, { prefixes: filter.prefixes }, signal);
  const wanted: WantedRefs = { head, refs: selectRefs(refs, filter) };
  await refuseLag({ store, change, wanted }, context);
  const content = await store.put(wanted);
  const events = await Promise.all(
    route.targets.map(async (target) => {
      const present = await acknowledged.read({ route: route.name, target: target.name }, signal);
      return planMirrorDiff({ route, target, change, seq, content, wanted, acknowledged: present });
    }),
  );
  log.info({ refs: wanted.refs.size, content }, "source compared");
  return { events, record: { content } };
}

interface Served {
  readonly store: RefsStore;
  readonly change: ChangeDetected;
  readonly wanted: WantedRefs;
}

async function refuseLag({ store, change, wanted }: Served, { record, signal }: WorkContext): Promise<void> {
  if (change.announced === undefined) return;
  const last = recordSchema.safeParse(record).data;
  const before = last && (await store.get(last.content, signal));
  const untilMs = decideLag({ change, refs: wanted.refs, before: before?.refs, nowMs: Date.now() });
  if (untilMs === undefined) return;
  throw new LaterError("SOURCE_LAGS", `the source does not serve ${change.announced.ref} as its webhook said yet`, {
    untilMs,
    hint: "Hosts may be a few seconds behind their own webhooks: it is asked again for half a minute.",
  });
}
