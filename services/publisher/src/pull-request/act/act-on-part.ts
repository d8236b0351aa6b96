import { actOnBranch, type Acted } from "./act-on-branch.ts";
import { allEnded } from "./all-ended.ts";
import type { Decision } from "../decide/decide-pull-request.ts";
import type { LookedPart } from "../look/look-at-part.ts";
import { changesOfText } from "../text/pull-request-text.ts";
import type { PullRequest } from "../pull-requests.ts";
import type { Publishing } from "../publishing.ts";

/** Carries out a part's decision. Every step may have been done before, by a run that died (I3). */
export async function actOnPart(publishing: Publishing, looked: LookedPart, decision: Decision): Promise<Acted> {
  switch (decision.kind) {
    case "open":
      return open(publishing, looked, decision);
    case "update":
      return update(publishing, looked, decision);
    case "reopen":
      return reopen(publishing, looked, decision);
    case "keep":
      return {
        pull: decision.pull,
        head: looked.branch?.head,
        warnings: await dressIfNew(publishing, looked, decision.pull),
      };
    case "wait":
      return { pull: decision.pull, warnings: [] };
    default:
      return actOnBranch(publishing, looked, decision);
  }
}

type Open = Extract<Decision, { kind: "open" }>;
type Update = Extract<Decision, { kind: "update" }>;
type Reopen = Extract<Decision, { kind: "reopen" }>;

async function open(publishing: Publishing, looked: LookedPart, decision: Open): Promise<Acted> {
  const { pulls, found } = publishing;
  const { draft } = found.target.pullRequest;
  const head = decision.push ? await push(publishing, looked, decision.lease) : looked.branch?.head;
  const { title, body } = looked.text;
  const fields = { branch: looked.name, base: found.target.branch, title, body: body(""), draft };
  const opened = await pulls.open(fields);
  // It may be one that was open already, and says something else.
  const pull = await retext(publishing, looked, opened.pull);
  const warnings = await (opened.created ? dress(publishing, pull) : dressIfNew(publishing, looked, pull));
  return { pull: { ...pull, head: head ?? pull.head }, head, warnings: [...opened.warnings, ...warnings] };
}

async function update(publishing: Publishing, looked: LookedPart, decision: Update): Promise<Acted> {
  const head = decision.push ? await push(publishing, looked, decision.lease) : looked.branch?.head;
  const pull = decision.retext ? await retext(publishing, looked, decision.pull) : decision.pull;
  const warnings = await dressIfNew(publishing, looked, pull);
  return { pull: { ...pull, head: head ?? pull.head }, head, warnings };
}

/**
 * GitHub reopens a pull request whose branch stands where it was closed, and no other: the old commit comes back,
 * then the pull request, then the new commit.
 */
async function reopen(publishing: Publishing, looked: LookedPart, { pull, restore }: Reopen): Promise<Acted> {
  const { pulls } = publishing;
  const anew = { kind: "open", push: true, lease: looked.branch?.head } as const;
  if (restore && !(await pulls.restoreBranch(looked.name, pull.head))) return open(publishing, looked, anew);
  const reopened = await pulls.change(pull.number, { state: "open", ...changesOfText(pull, looked.text) });
  if (reopened === undefined) return open(publishing, looked, { ...anew, lease: pull.head });
  const head = await push(publishing, looked, pull.head);
  return { pull: { ...reopened, head }, head, warnings: [] };
}

/** Pushes the wanted commit over what was seen, and nothing else (I8). */
async function push({ pulls, repository }: Publishing, looked: LookedPart, lease: string | undefined): Promise<string> {
  const [{ commit }] = await allEnded([looked.write(), pulls.ready()]);
  await repository.push({ branch: looked.name, commit, lease });
  return commit;
}

async function retext({ pulls }: Publishing, { text }: LookedPart, pull: PullRequest): Promise<PullRequest> {
  const change = changesOfText(pull, text);
  if (Object.keys(change).length === 0) return pull;
  return (await pulls.change(pull.number, change)) ?? pull;
}

/** One that appeared since the change was seen may be ours, from a run that died before it was dressed. */
async function dressIfNew(publishing: Publishing, looked: LookedPart, pull: PullRequest): Promise<readonly string[]> {
  const known = looked.recorded?.number === pull.number;
  const old = Date.parse(pull.createdAt) < Math.floor(Date.parse(publishing.diff.detectedAt) / 1000) * 1000;
  return known || old ? [] : dress(publishing, pull);
}

function dress({ pulls, found }: Publishing, { number }: PullRequest): Promise<readonly string[]> {
  const { labels, reviewers, teamReviewers, assignees, milestone } = found.target.pullRequest;
  return pulls.dress(number, { labels, reviewers, teamReviewers, assignees, milestone });
}
