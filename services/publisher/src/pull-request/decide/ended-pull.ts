import type { OurPull } from "./classify-pulls.ts";
import type { LookedBranch } from "../look/look-at-branch.ts";

/** Without a record, a merge is news for this long: the run that should have remembered it died, or the record was lost. */
const newsForMs = 7 * 24 * 3_600_000;

/** The pull request that was open when last reported, and is not any more. Pure. */
export function endedPull({ recorded, ours }: LookedBranch, now: number): OurPull | undefined {
  const known = ours.find(({ pull }) => pull.number === recorded?.number);
  if (known !== undefined) return recorded?.state === "open" && known.pull.state !== "open" ? known : undefined;
  const [newest] = ours;
  const recent = now - Date.parse(newest?.pull.endedAt ?? "") <= newsForMs;
  return recorded?.number === undefined && newest?.pull.state === "merged" && recent ? newest : undefined;
}
