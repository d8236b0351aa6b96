import type { TriggerOptions } from "@lockstep/shared/config";
import { isKnown, type RefNews } from "../decide-target.ts";
import type { TargetCursor } from "../target-cursor.ts";
import type { TargetRefs } from "../target-refs.ts";
import type { News } from "./forge-hooks.ts";

export type NewsDecision =
  /** `seen`: what the ref points to now, so that nobody tells of it again. */
  | { readonly kind: "look"; readonly seen?: RefNews }
  /** The route's policy counts webhooks as nothing. */
  | { readonly kind: "excluded" }
  | { readonly kind: "ignore"; readonly reason: string };

export interface Circumstances {
  readonly policy: TriggerOptions["policy"];
  readonly refs: TargetRefs;
  /** What was seen of the target, or told of it. */
  readonly cursor: Pick<TargetCursor, "refs" | "told">;
}

/**
 * Whether news of a target are worth a look at the route. Our own push comes back as a push, as a pull request that
 * moved, and as a difference at the next poll: whichever comes first is a look, which finds nothing to do, and the
 * others have been seen by then. What happens to the base or to the state of a pull request is always a look. Pure.
 */
export function decideNews(news: News, { policy, refs, cursor }: Circumstances): NewsDecision {
  if (news.kind === "nothing") return { kind: "ignore", reason: news.reason };
  if (news.kind === "ping") return { kind: "ignore", reason: "a ping tells nothing" };
  if (news.kind === "change") return look(policy);
  if (news.kind === "push" && news.ref === refs.base) return look(policy, { ref: news.ref, head: news.head });
  if (!refs.isOurs(news.ref)) return { kind: "ignore", reason: `${news.ref} is neither the base nor a branch of ours` };
  if (news.kind === "pull-request" && news.what !== "moved") return look(policy);
  if (isKnown(cursor, news)) return { kind: "ignore", reason: "seen already" };
  return look(policy, { ref: news.ref, head: news.head });
}

function look(policy: TriggerOptions["policy"], seen?: RefNews): NewsDecision {
  if (policy === "poll-only") return { kind: "excluded" };
  return seen === undefined ? { kind: "look" } : { kind: "look", seen };
}

/** Whether news of a mirror's source are worth a look. Pure. */
export function decideSourceNews(
  news: News,
  { policy, matches }: { readonly policy: TriggerOptions["policy"]; readonly matches: (ref: string) => boolean },
): NewsDecision {
  switch (news.kind) {
    case "nothing":
      return { kind: "ignore", reason: news.reason };
    case "ping":
      return { kind: "ignore", reason: "a ping tells nothing" };
    case "pull-request":
      return { kind: "ignore", reason: "a pull request moves no ref that a mirror carries" };
    case "push":
      return matches(news.ref) ? look(policy) : { kind: "ignore", reason: `${news.ref} is not mirrored` };
    case "change":
      return look(policy);
  }
}
