import { openCatalogSource } from "@lockstep/shared/catalog-source";
import type { CatalogRoute, ConfigStore } from "@lockstep/shared/config";
import type { ChangeDetected, OutgoingEvent } from "@lockstep/shared/contracts";
import {
  PermanentError,
  SyncError,
  TransientError,
  type ContentStore,
  type WorkContext,
  type WorkHandler,
} from "@lockstep/shared/runtime";
import type { Baselines } from "./catalog/baselines.ts";
import { compareRoute, type TargetComparison } from "./catalog/compare-route.ts";
import { planDiff, type DiffCause } from "./catalog/plan-diff.ts";
import type { TargetFiles } from "./catalog/target-files.ts";

interface Comparator {
  readonly config: ConfigStore;
  readonly targets: TargetFiles;
  readonly baselines: Baselines;
  readonly content: ContentStore;
}

/**
 * Reads source and targets, decides the difference, stores the wanted content and announces a diff for every
 * target, an empty one too. What failed is announced as failed and, beside that, tried again (I10).
 */
export function createComparator({ config, targets, baselines, content }: Comparator): WorkHandler<ChangeDetected> {
  return async (change, context) => {
    const route = config.current.routes.get(change.route);
    if (route?.kind !== "catalog") {
      context.log.warn({}, "route is no longer configured");
      return { events: [] };
    }
    await using source = openCatalogSource(route.source);
    const compared = await compareRoute(route, { source, targets, baselines }, context.signal);
    const events: OutgoingEvent[] = [];
    for (const comparison of compared) {
      const cause = { route, change, seq: context.seq };
      if (comparison.kind === "compared") events.push(await announce(comparison, { targets, content, cause, context }));
    }
    const failure = failureOf(route, compared);
    return failure === undefined ? { events } : { events, failure };
  };
}

interface Announcement {
  readonly targets: TargetFiles;
  readonly content: ContentStore;
  readonly cause: DiffCause;
  readonly context: WorkContext;
}

type Compared = Extract<TargetComparison, { kind: "compared" }>;

async function announce(
  compared: Compared,
  { targets, content, cause, context }: Announcement,
): Promise<OutgoingEvent> {
  const plan = planDiff(compared, cause);
  for (const file of plan.files) targets.remember(file);
  const [name] = await Promise.all([
    plan.content && content.put(Buffer.from(JSON.stringify(plan.content))),
    ...plan.files.map(({ bytes }) => content.put(bytes)),
  ]);
  for (const { file, result } of compared.files) {
    if (result instanceof SyncError) continue;
    const { counts, faults, warnings } = result;
    const fields = { target: compared.target.name, category: file.category, counts, faults: faults.length };
    context.log.info(fields, "compared");
    if (faults.length + warnings.length > 0)
      context.log.warn({ ...fields, faulty: faults.slice(0, 20), warnings: warnings.slice(0, 20) }, "records left out");
  }
  return plan.event(name);
}

/** One error for all that failed, worth a retry if any part of it is. */
function failureOf(route: CatalogRoute, compared: readonly TargetComparison[]): SyncError | undefined {
  const failures = compared.flatMap((comparison) =>
    comparison.kind === "failed"
      ? [{ where: comparison.target.name, error: comparison.error }]
      : comparison.files.flatMap(({ file, result }) =>
          result instanceof SyncError ? [{ where: `${comparison.target.name}/${file.category}`, error: result }] : [],
        ),
  );
  const [first] = failures;
  if (first === undefined) return undefined;
  const lines = failures.map(({ where, error }) => `${route.name}.${where}: ${error.message}`);
  const { hint, code } = first.error;
  const details = { cause: first.error, ...(hint === undefined ? {} : { hint }) };
  const transient = failures.map(({ error }) => error).filter((error) => error instanceof TransientError);
  if (transient.length === 0) return new PermanentError(code, lines.join("; "), details);
  const asked = Math.max(0, ...transient.map(({ retryAfterMs }) => retryAfterMs ?? 0));
  const worth = transient[0]?.code ?? code;
  return new TransientError(worth, lines.join("; "), asked > 0 ? { ...details, retryAfterMs: asked } : details);
}
