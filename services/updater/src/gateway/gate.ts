import type { Backend } from "./backend.ts";

/** Something that wants to get through: it is given a backend, or refused. */
interface Waiting {
  pass(backend: Backend): void;
  refuse(): void;
}

type Position =
  | { readonly kind: "open"; readonly backend: Backend }
  | { readonly kind: "held" }
  | { readonly kind: "closed" };

export interface HoldLimits {
  /** How long a request may be held, in ms. */
  readonly waitMs: number;
  /** How many may be held at once. */
  readonly most: number;
}

/** Where requests go: through, into the queue, or away. Held ones pass in the order in which they came. */
export class Gate {
  #position: Position = { kind: "closed" };
  readonly #waiting = new Map<Waiting, NodeJS.Timeout>();
  readonly #limits: HoldLimits;

  constructor(limits: HoldLimits) {
    this.#limits = limits;
  }

  get backend(): Backend | undefined {
    return this.#position.kind === "open" ? this.#position.backend : undefined;
  }

  get held(): number {
    return this.#waiting.size;
  }

  /** Returns what makes it give up its place, should it go away while it waits. */
  enter(waiting: Waiting): () => void {
    if (this.#position.kind === "open") waiting.pass(this.#position.backend);
    else if (this.#position.kind === "closed" || this.#waiting.size >= this.#limits.most) waiting.refuse();
    else
      this.#waiting.set(
        waiting,
        setTimeout(() => this.#refuse(waiting), this.#limits.waitMs),
      );
    return () => this.#forget(waiting);
  }

  hold(): void {
    this.#position = { kind: "held" };
  }

  open(backend: Backend): void {
    this.#position = { kind: "open", backend };
    for (const waiting of this.#waiting.keys()) {
      this.#forget(waiting);
      waiting.pass(backend);
    }
  }

  close(): void {
    this.#position = { kind: "closed" };
    for (const waiting of this.#waiting.keys()) this.#refuse(waiting);
  }

  #refuse(waiting: Waiting): void {
    this.#forget(waiting);
    waiting.refuse();
  }

  #forget(waiting: Waiting): void {
    clearTimeout(this.#waiting.get(waiting));
    this.#waiting.delete(waiting);
  }
}
