import { keepLocalEdits, type LocalEdit } from "./local-edits.ts";
import { storeContent, type ComponentContent } from "./contents.ts";
import type { FileSystem } from "./file-system.ts";
import { makeFolders } from "./folders.ts";
import { openJournal, type Journal, type JournalState } from "./journal.ts";
import { componentName } from "./release-entries.ts";
import {
  buildRelease,
  currentRelease,
  fingerprintOf,
  listReleases,
  readRelease,
  switchTo,
  type InstalledComponent,
  type ReleaseRecord,
} from "./releases.ts";
import { sweep } from "./sweep.ts";

/** A release to be: new content for some components, the others as they are installed. */
export interface ReleasePlan {
  readonly commit: string;
  readonly minRuntime?: number | undefined;
  readonly diffId?: string | undefined;
  readonly kept: Readonly<Record<string, InstalledComponent>>;
  readonly fresh: readonly FreshComponent[];
  /** `hold`, `overlap` or `maintenance`, for who comes after a crash. */
  readonly way: string;
}

export interface FreshComponent extends ComponentContent {
  readonly version: string | number | null;
  readonly path: string;
  /** Git's mode of what stands at `path`. */
  readonly mode: string;
}

export interface InstallationOptions {
  readonly files: FileSystem;
  readonly root: string;
  /** How many releases stay beside the current one. */
  readonly keep: number;
}

/**
 * The installation on disk, wholly one release at any moment (I11). One process at a time: who opens it holds the lock.
 */
export class Installation {
  readonly root: string;
  readonly #files: FileSystem;
  readonly #journal: Journal;
  readonly #keep: number;

  private constructor({ files, root, keep }: InstallationOptions, journal: Journal) {
    this.root = root;
    this.#files = files;
    this.#journal = journal;
    this.#keep = keep;
  }

  /**
   * Opens the installation and puts right what a crash left: an update that was not switched is given up, one that
   * was stays open, to be confirmed or rolled back by who starts the application.
   */
  static async open(options: InstallationOptions): Promise<Installation> {
    const { files, root } = options;
    await makeFolders(files, root);
    const journal = await openJournal(files, root);
    await converge(files, root, journal);
    const installation = new Installation(options, journal);
    await installation.#clean([]);
    return installation;
  }

  get state(): JournalState {
    return this.#journal.state;
  }

  async current(): Promise<ReleaseRecord | undefined> {
    const number = await currentRelease(this.#files, this.root);
    return number === undefined ? undefined : readRelease(this.#files, this.root, number);
  }

  /** The release that a roll-back would lead to. */
  async previous(): Promise<ReleaseRecord | undefined> {
    const now = await currentRelease(this.#files, this.root);
    const releases = await listReleases(this.#files, this.root);
    const before = releases.findLast((number) => now !== undefined && number < now);
    return before === undefined ? undefined : readRelease(this.#files, this.root, before);
  }

  /** What was changed by hand, kept aside (I8). */
  async keepEdits(): Promise<readonly LocalEdit[]> {
    const installed = await this.current();
    return installed === undefined ? [] : keepLocalEdits(this.#files, this.root, installed);
  }

  /** Builds a release beside the current one. */
  async stage(plan: ReleasePlan): Promise<ReleaseRecord> {
    const from = (await currentRelease(this.#files, this.root)) ?? null;
    const to = Math.max(this.state.last, ...(await listReleases(this.#files, this.root))) + 1;
    await this.#journal.add({ kind: "began", from, to, way: plan.way });
    const components: Record<string, InstalledComponent> = { ...plan.kept };
    for (const fresh of plan.fresh) {
      const { version, path, hash, mode } = fresh;
      const stored = await storeContent(this.#files, this.root, fresh);
      components[componentName(fresh.component)] = { version, path, hash, mode, stored, commit: plan.commit };
    }
    const record = {
      release: to,
      commit: plan.commit,
      since: new Date().toISOString(),
      ...(plan.minRuntime === undefined ? {} : { min_runtime: plan.minRuntime }),
      ...(plan.diffId === undefined ? {} : { diff_id: plan.diffId }),
      components,
    };
    await buildRelease(this.#files, this.root, record);
    return record;
  }

  /** The one rename. */
  async switch(release: ReleaseRecord): Promise<void> {
    await switchTo(this.#files, this.root, release.release);
    await this.#journal.add({ kind: "switched" });
  }

  /** The new release is healthy. What is too old is removed, but for the releases that processes still use. */
  async confirm(inUse: readonly number[]): Promise<void> {
    const now = await this.current();
    const fingerprint = now === undefined ? "" : fingerprintOf(now.components);
    if (this.state.held.has(fingerprint)) await this.release(fingerprint);
    await this.#journal.add({ kind: "confirmed" });
    await this.#clean(inUse);
  }

  /** Gives a staged release up. Leaves what was staged to the next sweep where the disk refuses. */
  async abandon(): Promise<void> {
    await this.#journal.add({ kind: "abandoned" });
    await this.#clean([]);
  }

  /** Gives up what was staged because it does not run; held as after a roll-back. */
  async abandonBad(reason: string): Promise<void> {
    const { open } = this.state;
    const bad = open === undefined ? undefined : await readRelease(this.#files, this.root, open.to);
    if (bad !== undefined)
      await this.#journal.add({ kind: "held", fingerprint: fingerprintOf(bad.components), reason });
    await this.abandon();
  }

  /** Back to the release before; the bad one is held until its content changes. Undefined where there is none before. */
  async rollBack(reason: string): Promise<ReleaseRecord | undefined> {
    const { open } = this.state;
    const bad = await this.current();
    if (bad !== undefined)
      await this.#journal.add({ kind: "held", fingerprint: fingerprintOf(bad.components), reason });
    if (open?.from) await switchTo(this.#files, this.root, open.from);
    await this.#journal.add({ kind: "rolled-back", reason });
    return open?.from ? this.current() : undefined;
  }

  /** Begins a person's roll-back, an update of its own to an older release. What is left is held, or it would come back. */
  async beginRollBack(to: ReleaseRecord, way: string): Promise<void> {
    const now = await this.current();
    const from = now?.release ?? null;
    if (now !== undefined) {
      const fingerprint = fingerprintOf(now.components);
      await this.#journal.add({ kind: "held", fingerprint, reason: "rolled back by a person" });
    }
    await this.#journal.add({ kind: "began", from, to: to.release, way });
  }

  /** Old and new do not run: nothing is tried until `revive`. */
  markTerminal(reason: string): Promise<void> {
    return this.#journal.add({ kind: "terminal", reason });
  }

  revive(): Promise<void> {
    return this.#journal.add({ kind: "revived" });
  }

  /** Lets a held content be tried again. */
  release(fingerprint: string): Promise<void> {
    return this.#journal.add({ kind: "released", fingerprint });
  }

  async #clean(inUse: readonly number[]): Promise<void> {
    const current = await currentRelease(this.#files, this.root);
    const named = [...inUse, current, this.state.open?.from].filter((number) => typeof number === "number");
    await sweep(this.#files, this.root, { inUse: new Set(named), older: this.#keep });
  }
}

/** What the journal says is compared with where `current` points: the rename, not the record, is the truth. */
async function converge(files: FileSystem, root: string, journal: Journal): Promise<void> {
  const { open } = journal.state;
  if (open === undefined) return;
  const current = await currentRelease(files, root);
  if (open.switched && current === (open.from ?? undefined))
    await journal.add({ kind: "rolled-back", reason: "the updater ended during a roll-back" });
  else if (!open.switched && current === open.to) await journal.add({ kind: "switched" });
  else if (!open.switched) await journal.add({ kind: "abandoned" });
}
