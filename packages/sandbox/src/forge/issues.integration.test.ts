import { expect, test } from "vitest";
import { createScene, name, refusal } from "./testing/scene.ts";

test("labels that are unknown are made, and known ones are found whatever their case", async () => {
  await using scene = await createScene();
  const { octokit, where } = scene;
  const issue = { ...where, issue_number: await scene.openPull("sync") };
  await octokit.issues.createLabel({ ...where, name: "Sync", color: "00ff00" });

  const { data } = await octokit.issues.addLabels({ ...issue, labels: ["sync", "fresh"] });
  const { data: left } = await octokit.issues.removeLabel({ ...issue, name: "Sync" });
  const { data: all } = await octokit.issues.listLabelsForRepo(where);
  const again = await refusal(octokit.issues.createLabel({ ...where, name: "fresh" }));

  expect(data.map(({ name, color }) => [name, color])).toEqual([
    ["Sync", "00ff00"],
    ["fresh", "ededed"],
  ]);
  expect(left.map(({ name }) => name)).toEqual(["fresh"]);
  expect(all).toHaveLength(2);
  expect(again.errors).toEqual([{ resource: "Label", field: "name", code: "already_exists" }]);
});

test("reviewers are asked all or none: one who may not review refuses the request", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const pull = { ...where, pull_number: await scene.openPull("sync") };
  forge.addCollaborator(name, "reviewer");
  forge.addTeam("acme", "core");
  forge.addToken({ login: "stranger" });
  const ask = (asked: object) => octokit.pulls.requestReviewers({ ...pull, ...asked });

  const refused = await refusal(ask({ reviewers: ["reviewer", "stranger"] }));
  expect(refused).toMatchObject({ status: 422 });
  expect(refused.message).toMatch(/^Reviews may only be requested from collaborators\..*acme\/models repository\.$/);
  expect(forge.pulls(name)[0]?.reviewers).toEqual([]);
  expect(await refusal(ask({ team_reviewers: ["nobody"] }))).toMatchObject({ status: 422 });
  expect(await refusal(ask({ reviewers: ["lockstep-bot"] }))).toMatchObject({
    message: "Review cannot be requested from pull request author.",
  });

  const { data } = await ask({ reviewers: ["reviewer"], team_reviewers: ["core"] });
  expect(data.requested_reviewers?.map(({ login }) => login)).toEqual(["reviewer"]);
  expect(data.requested_teams?.map(({ slug }) => slug)).toEqual(["core"]);
  const { data: without } = await octokit.pulls.removeRequestedReviewers({ ...pull, reviewers: ["reviewer"] });
  expect(without.requested_reviewers).toEqual([]);
});

test("assignees who cannot be assigned are left out, a milestone must exist", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const issue = { ...where, issue_number: await scene.openPull("sync") };
  forge.addCollaborator(name, "helper");
  const milestone = forge.addMilestone(name, "1.0");

  const { data: assigned } = await octokit.issues.addAssignees({ ...issue, assignees: ["helper", "nobody"] });
  const { data: updated } = await octokit.issues.update({ ...issue, milestone, labels: ["sync"] });
  const { data: milestones } = await octokit.issues.listMilestones(where);
  const refused = await refusal(octokit.issues.update({ ...issue, milestone: 99 }));

  expect(assigned.assignees?.map(({ login }) => login)).toEqual(["helper"]);
  expect(updated).toMatchObject({ milestone: { title: "1.0", open_issues: 1 }, labels: [{ name: "sync" }] });
  expect(milestones.map(({ title }) => title)).toEqual(["1.0"]);
  expect(refused.errors).toEqual([{ resource: "Issue", field: "milestone", code: "invalid" }]);
});

test("comments are written, changed and listed", async () => {
  await using scene = await createScene();
  const { octokit, where, forge } = scene;
  const issue = { ...where, issue_number: await scene.openPull("sync") };

  const { data: comment } = await octokit.issues.createComment({ ...issue, body: "first" });
  await octokit.issues.updateComment({ ...where, comment_id: comment.id, body: "changed" });
  const { data: listed } = await octokit.issues.listComments(issue);
  const { data: shown } = await octokit.issues.get(issue);

  expect(listed).toMatchObject([{ body: "changed", user: { login: "lockstep-bot" } }]);
  expect(shown).toMatchObject({ comments: 1, pull_request: { url: `${forge.apiUrl}/repos/acme/models/pulls/1` } });
  expect(await refusal(octokit.issues.createComment({ ...where, issue_number: 9, body: "x" }))).toMatchObject({
    status: 404,
  });
});
