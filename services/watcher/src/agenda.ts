import { setTimeout as pause } from "node:timers/promises";

interface AgendaOptions<Item> {
  /** How many are looked at at the same time. */
  readonly atOnce: number;
  /** Another replica may have looked, a clock may have jumped: no due time is believed for longer. */
  readonly longestSleepMs: number;
  readonly now: () => number;
  /** Looks at an item and returns when it is due again, in milliseconds since the epoch. */
  readonly look: (item: Item, signal: AbortSignal) => Promise<number>;
  /** Told of a look that failed; it is repeated soon. */
  readonly onFailure: (item: Item, error: unknown) => void;
  /** An item is no longer needed, and no longer looked at. */
  readonly release?: (item: Item) => Promise<void>;
}

/** Items that are looked at when they are due, a few at a time, none twice at a time. */
export interface Agenda<Key, Item> {
  /** Adds an item, or puts it in the place of another. */
  set(key: Key, item: Item, dueMs: number): void;
  delete(key: Key): void;
  /** Looks at it as soon as possible. */
  wake(key: Key): void;
  /** When each is due, in milliseconds since the epoch. */
  dueTimes(): ReadonlyMap<Key, number>;
  /** Looks at what is due until the signal fires, then waits a moment for what is under way. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry<Item> {
  item: Item;
  dueMs: number;
  timer: NodeJS.Timeout | undefined;
  isBusy: boolean;
  /** What takes its place after the look that is under way. */
  next: { readonly kind: "again"; readonly item: Item } | { readonly kind: "gone" } | undefined;
}

const shortestSleepMs = 20;
const failedMs = 5000;
const graceMs = 500;

export function createAgenda<Key, Item>(options: AgendaOptions<Item>): Agenda<Key, Item> {
  return new OwnAgenda<Key, Item>(options);
}

class OwnAgenda<Key, Item> implements Agenda<Key, Item> {
  readonly #options: AgendaOptions<Item>;
  readonly #entries = new Map<Key, Entry<Item>>();
  /** Due, in the order they became so. */
  readonly #ready = new Set<Key>();
  readonly #running = new Set<Promise<void>>();
  #signal: AbortSignal | undefined;

  constructor(options: AgendaOptions<Item>) {
    this.#options = options;
  }

  set(key: Key, item: Item, dueMs: number): void {
    const entry = this.#entries.get(key);
    if (entry?.isBusy) return this.#decideNext(entry, { kind: "again", item });
    if (entry !== undefined && entry.item !== item) void this.#options.release?.(entry.item);
    const fresh = entry ?? { item, dueMs, timer: undefined, isBusy: false, next: undefined };
    fresh.item = item;
    this.#entries.set(key, fresh);
    this.#plan(key, fresh, dueMs);
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.isBusy) this.#decideNext(entry, { kind: "gone" });
    else this.#forget(key, entry);
  }

  wake(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.isBusy) entry.next ??= { kind: "again", item: entry.item };
    else this.#plan(key, entry, 0);
  }

  dueTimes(): ReadonlyMap<Key, number> {
    return new Map([...this.#entries].map(([key, { dueMs }]) => [key, dueMs]));
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const [key, entry] of this.#entries) this.#plan(key, entry, entry.dueMs);
    await untilAborted(signal);
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    // What waits for a NATS that is away is left to itself: nothing is lost with it.
    await Promise.race([Promise.all(this.#running), pause(graceMs, undefined, { ref: false })]);
    for (const { item } of this.#entries.values()) await this.#options.release?.(item);
  }

  #decideNext(entry: Entry<Item>, next: NonNullable<Entry<Item>["next"]>): void {
    const { item, next: before } = entry;
    const kept = next.kind === "again" ? next.item : item;
    if (before?.kind === "again" && before.item !== item && before.item !== kept)
      void this.#options.release?.(before.item);
    entry.next = next;
  }

  #plan(key: Key, entry: Entry<Item>, dueMs: number): void {
    entry.dueMs = dueMs;
    clearTimeout(entry.timer);
    if (this.#signal === undefined || this.#signal.aborted) return;
    const waitMs = dueMs - this.#options.now();
    const sleepMs = dueMs === 0 ? 0 : Math.min(this.#options.longestSleepMs, Math.max(shortestSleepMs, waitMs));
    entry.timer = setTimeout(() => {
      this.#ready.add(key);
      this.#pump();
    }, sleepMs);
  }

  #pump(): void {
    for (const key of this.#ready) {
      if (this.#running.size >= this.#options.atOnce || this.#signal === undefined || this.#signal.aborted) return;
      this.#ready.delete(key);
      const entry = this.#entries.get(key);
      if (entry === undefined || entry.isBusy) continue;
      const look = this.#look(key, entry, this.#signal).finally(() => {
        this.#running.delete(look);
        this.#pump();
      });
      this.#running.add(look);
    }
  }

  async #look(key: Key, entry: Entry<Item>, signal: AbortSignal): Promise<void> {
    const { look, onFailure, now } = this.#options;
    entry.isBusy = true;
    let dueMs = now() + failedMs;
    try {
      dueMs = await look(entry.item, signal);
    } catch (error) {
      if (!signal.aborted) onFailure(entry.item, error);
    }
    const { next } = entry;
    entry.isBusy = false;
    entry.next = undefined;
    if (next?.kind === "gone") this.#forget(key, entry);
    else if (next === undefined) this.#plan(key, entry, dueMs);
    else this.set(key, next.item, 0);
  }

  #forget(key: Key, entry: Entry<Item>): void {
    clearTimeout(entry.timer);
    this.#entries.delete(key);
    this.#ready.delete(key);
    void this.#options.release?.(entry.item);
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}
