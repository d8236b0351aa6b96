/** How an application that ended by itself is brought back. */
export type RestartDecision = { readonly kind: "restart"; readonly delayMs: number } | { readonly kind: "crash-loop" };

const firstDelayMs = 100;
const longestDelayMs = 30_000;
/** So many ends within so long are a loop. */
const most = 8;
const windowMs = 120_000;

/** Decides after an exit; `exitsAtMs` are the instants of all of them, the newest last. Pure. */
export function decideRestart(exitsAtMs: readonly number[]): RestartDecision {
  const newest = exitsAtMs.at(-1) ?? 0;
  const recent = exitsAtMs.filter((at) => newest - at < windowMs).length;
  if (recent >= most) return { kind: "crash-loop" };
  return { kind: "restart", delayMs: Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, recent - 1)) };
}
