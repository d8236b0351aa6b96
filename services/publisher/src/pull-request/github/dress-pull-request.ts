import { PermanentError } from "@lockstep/shared/runtime";
import { z } from "zod";
import type { Dress } from "../pull-requests.ts";
import { refusedStatus } from "./github-api.ts";
import type { GitHubRepository } from "./github-repository.ts";

/**
 * Sets labels, assignees, milestone and reviewers of a new pull request in at most two calls. Where GitHub refuses the
 * whole, each is set alone, so that one that does not exist costs the others nothing; it becomes a warning.
 */
export async function dressPullRequest(
  repository: GitHubRepository,
  number: number,
  dress: Dress,
): Promise<readonly string[]> {
  const warnings: string[] = [];
  const dresser: Dresser = { repository, number, warnings };
  await dressIssue(dresser, dress);
  await requestReviewers(dresser, dress);
  return warnings;
}

interface Dresser {
  readonly repository: GitHubRepository;
  readonly number: number;
  readonly warnings: string[];
}

async function dressIssue(dresser: Dresser, { labels, assignees, milestone }: Dress): Promise<void> {
  const onlyLabels = assignees.length === 0 && milestone === undefined;
  // Adding labels keeps those that a workflow of the repository has set in the meantime.
  if (onlyLabels && labels.length > 0 && (await trySet(dresser, { what: "labels", path: "/labels", body: { labels } })))
    return;
  if (!onlyLabels) {
    const chosen = milestone === undefined ? undefined : await findMilestone(dresser, milestone);
    const fields = {
      ...(labels.length > 0 && { labels }),
      ...(assignees.length > 0 && { assignees }),
      ...(chosen !== undefined && { milestone: chosen }),
    };
    if (Object.keys(fields).length === 0 || (await trySet(dresser, { what: "all", path: "", body: fields }))) return;
    if (chosen !== undefined)
      await setOne(dresser, { what: `milestone ${milestone}`, path: "", body: { milestone: chosen } });
  }
  for (const label of labels)
    await setOne(dresser, { what: `label ${label}`, path: "/labels", body: { labels: [label] } });
  for (const login of assignees)
    await setOne(dresser, { what: `assignee ${login}`, path: "/assignees", body: { assignees: [login] } });
}

async function requestReviewers(dresser: Dresser, { reviewers, teamReviewers }: Dress): Promise<void> {
  if (reviewers.length + teamReviewers.length === 0) return;
  const path = "/requested_reviewers";
  const body = { reviewers, team_reviewers: teamReviewers };
  if (await trySet(dresser, { what: "reviewers", path, body })) return;
  for (const login of reviewers)
    await setOne(dresser, { what: `reviewer ${login}`, path, body: { reviewers: [login] } });
  for (const team of teamReviewers)
    await setOne(dresser, { what: `team reviewer ${team}`, path, body: { team_reviewers: [team] } });
}

interface Setting {
  readonly what: string;
  /** Below the pull request's issue; reviewers are below the pull request itself. */
  readonly path: "" | "/labels" | "/assignees" | "/requested_reviewers";
  readonly body: Readonly<Record<string, unknown>>;
}

/** False if GitHub refuses it; whatever may go away by itself is thrown. */
async function trySet(dresser: Dresser, setting: Setting): Promise<boolean> {
  return (await refusalOf(dresser, setting)) === undefined;
}

async function setOne(dresser: Dresser, setting: Setting): Promise<void> {
  const refused = await refusalOf(dresser, setting);
  if (refused !== undefined) dresser.warnings.push(`${setting.what}: ${refused.message}`.slice(0, 500));
}

const nodeWaitsMs = [250, 500, 1000];

/** "Could not resolve to a node" means that GitHub has not seen its own new pull request yet. */
async function refusalOf({ repository, number }: Dresser, setting: Setting): Promise<PermanentError | undefined> {
  for (const wait of [...nodeWaitsMs, undefined]) {
    try {
      await repository.call({ ...describe(setting, number), answer: z.unknown() });
      return undefined;
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      if (refusedStatus(error) === 401) throw error;
      if (wait === undefined || !/could not resolve to a node/i.test(error.message)) return error;
      await repository.wait(wait);
    }
  }
  return undefined;
}

function describe({ path, body }: Setting, number: number) {
  if (path === "/requested_reviewers") {
    const route = "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers";
    return { route, parameters: { ...body, pull_number: number } };
  }
  const method = path === "" ? "PATCH" : "POST";
  const route = `${method} /repos/{owner}/{repo}/issues/{issue_number}${path}`;
  return { route, parameters: { ...body, issue_number: number } };
}

const Milestones = z.array(z.object({ number: z.int(), title: z.string() }));

/** A milestone is set by number; people know its title. */
async function findMilestone({ repository, warnings }: Dresser, milestone: string): Promise<number | undefined> {
  if (/^\d+$/.test(milestone)) return Number(milestone);
  const route = "GET /repos/{owner}/{repo}/milestones";
  const all = await repository.call({ route, parameters: { state: "open", per_page: 100 }, answer: Milestones });
  const found = all.find(({ title }) => title === milestone);
  if (found === undefined) warnings.push(`milestone ${milestone}: there is no open one of this title`);
  return found?.number;
}
