import { userOf, type Label, type Milestone, type Pull, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { apiUrl, representUser, webUrl } from "./represent-repository.ts";

/** The labels of a pull request, those the repository still has. */
export function representLabels(world: World, repository: Repository, pull: Pull): readonly object[] {
  const labels = repository.labels.filter(({ name }) => pull.labels.includes(name));
  return labels.map((label) => representLabel(world, repository, label));
}

/** The milestone of a pull request, or null. */
export function representMilestoneOf(world: World, repository: Repository, pull: Pull): object | null {
  const milestone = repository.milestones.find(({ number }) => number === pull.milestone);
  return milestone === undefined ? null : representMilestone(world, repository, milestone);
}

/** GitHub's `label`. */
export function representLabel(world: World, repository: Repository, label: Label): object {
  return {
    id: label.id,
    node_id: `LA_${label.id}`,
    url: `${apiUrl(world, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    // A pull request in a list must have a text here by the description, a label alone may have null.
    description: label.description ?? "",
    color: label.color,
    default: false,
  };
}

/** GitHub's `milestone`. */
export function representMilestone(world: World, repository: Repository, milestone: Milestone): object {
  const url = `${apiUrl(world, repository)}/milestones/${milestone.number}`;
  const open = [...repository.pulls.values()].filter((pull) => pull.milestone === milestone.number);
  return {
    url,
    html_url: `${webUrl(world, repository)}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: `MI_${milestone.id}`,
    number: milestone.number,
    state: "open",
    title: milestone.title,
    description: null,
    creator: representUser(world, userOf(world.state, repository.owner)),
    open_issues: open.filter(({ state }) => state === "open").length,
    closed_issues: open.filter(({ state }) => state === "closed").length,
    created_at: milestone.createdAt,
    updated_at: milestone.createdAt,
    closed_at: null,
    due_on: null,
  };
}
