import type { Git } from "@lockstep/git";
import type { ComponentChange, DeploymentDiff, RunOptions, updateApplied } from "@lockstep/shared/contracts";
import { PermanentError, SyncError, TransientError, type Log } from "@lockstep/shared/runtime";
import type { z } from "zod";
import { withReleaseRepository, type ReleaseSource } from "../source/release-repository.ts";
import type { FreshComponent, Installation } from "../store/installation.ts";
import { fingerprintOf, type InstalledComponent, type ReleaseRecord } from "../store/releases.ts";
import type { SwitchOutcome, Switcher, Way } from "../switch/switcher.ts";
import { planUpdate } from "./plan-update.ts";

/** How the application takes a component up. */
export interface ComponentRule {
  readonly name: string;
  readonly restart: boolean;
  readonly reload: boolean;
}

export type UpdateReport = z.input<typeof updateApplied.schema>;

export interface Progress {
  readonly step: "fetching" | "staging" | "switching" | "done" | "failed";
  readonly detail?: string;
}

export interface UpdaterParts {
  readonly installation: Installation;
  readonly switcher: Switcher;
  readonly git: Git;
  readonly source: () => ReleaseSource;
  readonly components: () => readonly ComponentRule[];
  readonly way: "hold" | "overlap" | "maintenance";
  readonly skipComponents: () => Promise<readonly string[]>;
  /** Only commits that came after what is installed. */
  readonly descendantsOnly: boolean;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Makes one installation what a diff says it should be. One update at a time. */
export class Updater {
  readonly #parts: UpdaterParts;
  readonly #listeners = new Set<(progress: Progress) => void>();
  #isBusy = false;

  constructor(parts: UpdaterParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Calls back at each step, until the returned function is called. */
  onProgress(listener: (progress: Progress) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Carries a diff out as far as it is allowed to, and says what is true then (I4). Throws TransientError where
   * nothing was touched and another try may succeed, UPDATE_BUSY (permanent) while another update runs.
   */
  async carryOut(diff: DeploymentDiff, options: RunOptions): Promise<UpdateReport> {
    return this.#alone(async () => {
      const skipComponents = await this.#parts.skipComponents();
      const current = await this.#parts.installation.current();
      const plan = planUpdate(diff, { options, skipComponents, installed: current?.components ?? {} });
      const say = reporter(diff, current);
      switch (plan.kind) {
        case "blocked":
          return say({ result: "blocked", reason: plan.reason });
        case "faulty":
          return say({ result: "failed", code: plan.code, reason: plan.reason });
        case "up-to-date":
          return say({ result: "up-to-date", skipped: plan.skipped });
        case "offer": {
          const reason = plan.reason === undefined ? {} : { reason: plan.reason };
          return say({ result: "offered", components: plan.changes, skipped: plan.skipped, ...reason });
        }
        case "apply":
          return this.#apply(diff, plan, options);
      }
    });
  }

  /** Back to the release before, because a person says so. PermanentError `NO_PREVIOUS_RELEASE`. */
  async rollBack(): Promise<SwitchOutcome> {
    return this.#alone(async () => {
      const { installation, switcher, way } = this.#parts;
      const before = await installation.previous();
      if (before === undefined)
        throw new PermanentError("NO_PREVIOUS_RELEASE", "there is no release before this one", {
          hint: "updater.keepReleases says how many are kept",
        });
      this.#tell({ step: "switching", detail: `release ${before.release}` });
      const outcome = await switcher.switchBack(before, way);
      this.#tell({ step: outcome.kind === "applied" ? "done" : "failed" });
      return outcome;
    });
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isBusy)
      throw new PermanentError("UPDATE_BUSY", "an update is under way", { hint: "wait until it has ended" });
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  async #apply(
    diff: DeploymentDiff,
    { changes, skipped }: { readonly changes: readonly ComponentChange[]; readonly skipped: readonly string[] },
    options: RunOptions,
  ): Promise<UpdateReport> {
    const { installation, switcher, log } = this.#parts;
    const installed = await installation.current();
    const warnings = (await installation.keepEdits()).map(
      ({ component, keptIn }) => `${component} was edited by hand: the edits are kept in ${keptIn}`,
    );
    let staged: Staged;
    try {
      staged = await this.#stage(diff, changes, { installed, mayRetryHeld: options.apply === true });
    } catch (error) {
      this.#tell({ step: "failed" });
      if (installation.state.open !== undefined)
        await installation
          .abandon()
          .catch((failure: unknown) => log.warn({ error: failure }, "left for the next start"));
      if (!(error instanceof PermanentError)) throw asTransient(error);
      return reporter(
        diff,
        installed,
      )({ result: "failed", code: error.code, reason: error.message, components: changes, skipped, warnings });
    }
    this.#tell({ step: "switching", detail: staged.way });
    const outcome = await switcher.switchTo(staged.release, staged.way);
    this.#tell({ step: outcome.kind === "applied" ? "done" : "failed" });
    const say = reporter(diff, await installation.current());
    const { kind: result, downtimeMs } = outcome;
    if (outcome.kind === "applied")
      return say({ result: "applied", downtimeMs, components: changes, skipped, warnings });
    const { error, logTail } = outcome.failure;
    const failure = { code: error.code, reason: error.message, logTail: logTail.slice(-8000) };
    return say({ result, downtimeMs, components: changes, skipped, warnings, ...failure });
  }

  async #stage(
    diff: DeploymentDiff,
    changes: readonly ComponentChange[],
    { installed, mayRetryHeld }: { readonly installed: ReleaseRecord | undefined; readonly mayRetryHeld: boolean },
  ): Promise<Staged> {
    const { git, installation, signal, source, descendantsOnly } = this.#parts;
    const { commit } = diff.source;
    const way = this.#wayFor(changes);
    this.#tell({ step: "fetching", detail: commit });
    return withReleaseRepository(source(), { git, root: installation.root, signal }, async (repository) => {
      await repository.fetchCommit(commit);
      if (descendantsOnly && installed !== undefined && !(await repository.descendsFrom(commit, installed.commit)))
        throw new PermanentError("RELEASE_NOT_DESCENDANT", `${commit} did not come after ${installed.commit}`, {
          hint: "history was rewritten, or an old release is sent again; nothing was changed",
        });
      const fresh: FreshComponent[] = [];
      for (const { name, path, to } of changes) {
        if (path === null) continue;
        const isData = !this.#rule(name).restart;
        fresh.push(await repository.component(commit, { name, path, version: to, isData }));
      }
      const kept = Object.fromEntries(
        Object.entries(installed?.components ?? {}).filter(([name]) => !fresh.some((one) => one.component === name)),
      );
      if (!mayRetryHeld) refuseHeld(installation, kept, fresh);
      this.#tell({ step: "staging" });
      const release = await installation.stage({ commit, diffId: diff.diffId, kept, fresh, way });
      return { release, way };
    });
  }

  #wayFor(changes: readonly ComponentChange[]): Way {
    const rules = changes.map(({ name }) => this.#rule(name));
    if (rules.some(({ restart }) => restart)) return this.#parts.way;
    return rules.some(({ reload }) => reload) ? "reload" : "files";
  }

  #rule(name: string): ComponentRule {
    const found = this.#parts.components().find((rule) => rule.name === name);
    return found ?? { name, restart: false, reload: false };
  }

  #tell(progress: Progress): void {
    for (const listener of this.#listeners) listener(progress);
  }
}

interface Staged {
  readonly release: ReleaseRecord;
  readonly way: Way;
}

function refuseHeld(
  installation: Installation,
  kept: Readonly<Record<string, InstalledComponent>>,
  fresh: readonly { readonly component: string; readonly hash: string }[],
): void {
  const hashes = [...Object.entries(kept), ...fresh.map((one) => [one.component, one] as const)];
  const reason = installation.state.held.get(fingerprintOf(Object.fromEntries(hashes)));
  if (reason === undefined) return;
  throw new PermanentError("RELEASE_HELD", `this release did not run here before: ${reason}`, {
    hint: "it is tried again when its content changes, or when a person applies it",
  });
}

type Words = Pick<UpdateReport, "result"> &
  Partial<Omit<UpdateReport, "components" | "skipped">> & {
    readonly components?: readonly ComponentChange[];
    readonly skipped?: readonly string[];
  };

function reporter(diff: DeploymentDiff, release: ReleaseRecord | undefined) {
  const { route, target, diffId, throughSeq } = diff;
  const place = release === undefined ? {} : { release: release.release, commit: release.commit };
  return ({ components = [], skipped = [], ...words }: Words): UpdateReport => ({
    route,
    target,
    diffId,
    throughSeq,
    ...place,
    warnings: [],
    ...words,
    skipped: [...skipped],
    components: components.map(({ name, from, to }) => ({ name, from, to })),
  });
}

/** The machine refused: disk full, no permission. */
function asTransient(error: unknown): TransientError {
  if (error instanceof TransientError) return error;
  if (error instanceof SyncError) return new TransientError(error.code, error.message, { cause: error });
  const words = error instanceof Error ? error.message : String(error);
  const code = /ENOSPC/.test(words) ? "UPDATE_DISK_FULL" : "UPDATE_FAILED";
  return new TransientError(code, words, {
    cause: error,
    hint: "nothing was changed; look at the disk and its permissions",
  });
}
