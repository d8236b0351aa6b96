import type { RunOptions } from "@lockstep/shared/contracts";
import type { Preferences } from "../update/preferences.ts";
import type { Progress, UpdateReport } from "../update/updater.ts";
import type { SwitchOutcome } from "../switch/switcher.ts";

/** A component as a person sees it. */
export interface ComponentStanding {
  readonly name: string;
  readonly local: string | number | null;
  /** What the source names; null while nobody asked it, or where it names nothing. */
  readonly remote: string | number | null;
  /** As in a diff; `unknown` while there is none. */
  readonly state: string;
  readonly skipped: boolean;
}

export interface SystemState {
  readonly route: string;
  readonly instance: string;
  readonly runtime: number;
  readonly release: number | null;
  readonly commit: string | null;
  readonly components: readonly ComponentStanding[];
  readonly blocked: {
    readonly message: string;
    readonly remote_min_runtime: number;
    readonly local_runtime: number;
  } | null;
  /** Why a release was taken back, and is not tried again. */
  readonly held: readonly string[];
  /** Why no release runs, if none does. */
  readonly terminal: string | null;
  readonly updating: boolean;
  readonly health: string;
  readonly connected: boolean;
}

/** What the administration may ask of the updater. */
export interface Control {
  state(): Promise<SystemState>;
  /** Looks at the source now, and waits for what comes of it. Throws BUS_UNREACHABLE. */
  check(signal: AbortSignal): Promise<UpdateReport>;
  update(options: RunOptions, signal: AbortSignal): Promise<UpdateReport>;
  rollBack(): Promise<SwitchOutcome>;
  preferences(): Promise<Preferences>;
  savePreferences(preferences: Preferences): Promise<void>;
  onProgress(listener: (progress: Progress) => void): () => void;
}
