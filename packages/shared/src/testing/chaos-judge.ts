/** What a run tells of itself. */
export interface RunMessage {
  readonly what: "begin" | "commit" | "abandon";
  readonly key: string;
  /** Names the run. */
  readonly run: string;
  readonly pid: number;
  /** EVENTS sequence of the change that is carried out. */
  readonly seq: number;
  /** For a commit: the version that the answer to `begin` named. */
  readonly seen: number;
}

export interface ChaosFigures {
  readonly runs: number;
  /** Two runs of a key at once that both went on to write, neither of a process that was frozen. */
  readonly overlaps: number;
  readonly overlapsAfterFreeze: number;
  /** Runs that learned that their lease was lost, and wrote nothing. */
  readonly abandoned: number;
  /** Commits that were refused because they had not seen the last one. */
  readonly fenced: number;
  /** Commits that put an older change over a newer one. */
  readonly regressions: number;
  /** Milliseconds from the death of a run to the next run of its key. */
  readonly takeovers: readonly number[];
}

interface OpenRun {
  readonly key: string;
  readonly pid: number;
  wasFrozen: boolean;
  /** Runs of the key that were under way when this one began, or began before it ended. */
  readonly others: Set<OpenRun>;
  hasWritten: boolean;
}

interface Place {
  /** Grows with every commit: what a push with a lease compares. */
  version: number;
  seq: number;
}

/** What a process does in its first moments after it was frozen, it may have decided before. */
const wakingMs = 500;

/** Keeps a place for each key, as a git remote keeps a ref, and judges those who write there. */
export class ChaosJudge {
  readonly #places = new Map<string, Place>();
  readonly #open = new Map<string, OpenRun>();
  readonly #orphanedAt = new Map<string, number>();
  readonly #frozenUntil = new Map<number, number>();
  readonly #takeovers: number[] = [];
  readonly #counts = { runs: 0, overlaps: 0, overlapsAfterFreeze: 0, abandoned: 0, fenced: 0, regressions: 0 };

  get figures(): ChaosFigures {
    return { ...this.#counts, takeovers: this.#takeovers };
  }

  begin({ key, run, pid }: RunMessage): { readonly version: number } {
    this.#counts.runs += 1;
    const wasFrozen = (this.#frozenUntil.get(pid) ?? 0) > performance.now();
    const others = new Set([...this.#open.values()].filter((other) => other.key === key));
    const own: OpenRun = { key, pid, wasFrozen, others, hasWritten: false };
    for (const other of others) other.others.add(own);
    const orphanedAt = this.#orphanedAt.get(key);
    if (orphanedAt !== undefined) this.#takeovers.push(performance.now() - orphanedAt);
    this.#orphanedAt.delete(key);
    this.#open.set(run, own);
    return { version: this.#place(key).version };
  }

  commit({ key, run, seq, seen }: RunMessage): { readonly isAccepted: boolean } {
    this.#write(run);
    const place = this.#place(key);
    if (seen !== place.version) {
      this.#counts.fenced += 1;
      return { isAccepted: false };
    }
    if (seq < place.seq) this.#counts.regressions += 1;
    place.seq = seq;
    place.version += 1;
    return { isAccepted: true };
  }

  abandon({ run }: RunMessage): object {
    this.#open.delete(run);
    this.#counts.abandoned += 1;
    return {};
  }

  /** The last change that was committed. */
  seqOf(key: string): number {
    return this.#place(key).seq;
  }

  /** Of these processes the one with the most runs under way, if any has one. */
  busiest(pids: readonly number[]): number | undefined {
    const busy = pids.filter((pid) => this.#runsOf(pid).length > 0);
    return busy.toSorted((one, other) => this.#runsOf(other).length - this.#runsOf(one).length)[0];
  }

  died(pid: number): void {
    for (const [name, run] of this.#runsOf(pid)) {
      this.#open.delete(name);
      this.#orphanedAt.set(run.key, performance.now());
    }
  }

  froze(pid: number): void {
    this.#frozenUntil.set(pid, Number.POSITIVE_INFINITY);
    for (const [, run] of this.#runsOf(pid)) run.wasFrozen = true;
  }

  thawed(pid: number): void {
    this.#frozenUntil.set(pid, performance.now() + wakingMs);
  }

  #write(run: string): void {
    const own = this.#open.get(run);
    this.#open.delete(run);
    if (own === undefined) return;
    own.hasWritten = true;
    for (const other of own.others)
      if (other.hasWritten) this.#counts[own.wasFrozen || other.wasFrozen ? "overlapsAfterFreeze" : "overlaps"] += 1;
  }

  #place(key: string): Place {
    const place = this.#places.get(key) ?? { version: 0, seq: 0 };
    this.#places.set(key, place);
    return place;
  }

  #runsOf(pid: number): [string, OpenRun][] {
    return [...this.#open].filter(([, run]) => run.pid === pid);
  }
}
