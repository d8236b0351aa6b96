import type { RouteName, TargetName } from "@lockstep/shared/contracts";
import { readMarker } from "../text/body-region.ts";
import type { PullRequest } from "../pull-requests.ts";
import type { BranchRecord } from "../report/record.ts";

/** A pull request of ours, with what is known of its content. */
export interface OurPull {
  readonly pull: PullRequest;
  /** Hash of the content it was last given. */
  readonly content: string | undefined;
  /** Hash of what its title and body were made from. */
  readonly text: string | undefined;
  readonly closedByUs: boolean;
}

export interface ClassifiedPulls {
  /** Newest first. */
  readonly ours: readonly OurPull[];
  /** Open, from the same branch, and somebody else's. */
  readonly stranger: PullRequest | undefined;
}

export interface Belonging {
  readonly route: RouteName;
  readonly target: TargetName;
  readonly base: string;
  readonly record: BranchRecord | undefined;
  /** All commits on the branch are ours: whoever opened a pull request from it to our base, it is ours to keep. */
  readonly branchIsOurs: boolean;
}

/** Ours is what our record or the marker says; a name proves nothing (I8). Pure. */
export function classifyPulls(pulls: readonly PullRequest[], belonging: Belonging): ClassifiedPulls {
  const ours: OurPull[] = [];
  let stranger: PullRequest | undefined;
  for (const pull of pulls.toSorted((one, other) => other.number - one.number)) {
    const known = recognise(pull, belonging);
    if (known !== undefined) ours.push(known);
    else if (pull.state === "open") stranger ??= pull;
  }
  return { ours, stranger };
}

function recognise(pull: PullRequest, { route, target, base, record, branchIsOurs }: Belonging): OurPull | undefined {
  const marker = readMarker(pull.body);
  const recorded = record?.number === pull.number ? record : undefined;
  if (marker !== undefined && (marker.route !== route || marker.target !== target)) return undefined;
  const adopted = branchIsOurs && pull.state === "open" && pull.base === base;
  if (marker === undefined && recorded === undefined && !adopted) return undefined;
  const closed = marker?.closed === "lockstep";
  return {
    pull,
    content: marker?.content ?? recorded?.content,
    // A pull request that a person opened again still says that we closed it.
    text: closed ? undefined : (marker?.text ?? recorded?.text),
    closedByUs: closed || recorded?.closedBy === "us",
  };
}
