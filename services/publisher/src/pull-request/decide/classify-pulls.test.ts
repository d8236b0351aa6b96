import { RouteName, TargetName } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { wrapRegion } from "../text/body-region.ts";
import { classifyPulls, type Belonging } from "./classify-pulls.ts";
import type { PullRequest } from "../pull-requests.ts";
import { newBranchRecord } from "../report/record.ts";

const [route, target] = [RouteName.parse("models"), TargetName.parse("text")];
const [content, text, title] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
const marker = { route, target, content, text, title };
const belonging: Belonging = { route, target, base: "main", record: undefined, branchIsOurs: false };

function pull(number: number, fields: Partial<PullRequest> = {}): PullRequest {
  const rest = { url: "http://forge.example/1", title: "", branch: "sync/models", head: "h", base: "main" };
  return { number, body: "", state: "open", createdAt: "2025-01-01T00:00:00Z", ...rest, ...fields };
}

test("one with our marker is ours, and says what it contains", () => {
  const { ours } = classifyPulls([pull(1, { body: wrapRegion(marker, "") })], belonging);

  expect(ours).toMatchObject([{ pull: { number: 1 }, content, text, closedByUs: false }]);
});

test("one that the record knows is ours although a person took the marker away", () => {
  const record = { ...newBranchRecord, number: 1, content, text, closedBy: "us" as const };

  expect(classifyPulls([pull(1)], { ...belonging, record }).ours).toMatchObject([{ content, text, closedByUs: true }]);
});

test("one with the marker of another route or target is a stranger's", () => {
  const body = wrapRegion({ ...marker, target: TargetName.parse("other") }, "");

  expect(classifyPulls([pull(1, { body })], { ...belonging, branchIsOurs: true })).toMatchObject({
    ours: [],
    stranger: { number: 1 },
  });
});

test("one without either is a stranger's, unless all commits are ours and it goes to our base", () => {
  expect(classifyPulls([pull(1)], belonging)).toMatchObject({ ours: [], stranger: { number: 1 } });
  expect(classifyPulls([pull(1)], { ...belonging, branchIsOurs: true }).ours).toHaveLength(1);
  const elsewhere = pull(1, { base: "develop" });
  expect(classifyPulls([elsewhere], { ...belonging, branchIsOurs: true })).toMatchObject({ stranger: { number: 1 } });
});

test("one that we closed and a person opened again needs new texts, and is not ours to have closed", () => {
  const closed = pull(1, { state: "closed", body: wrapRegion({ ...marker, closed: "lockstep" }, "") });

  expect(classifyPulls([closed], belonging).ours).toMatchObject([{ closedByUs: true, text: undefined }]);
});

test("the newest comes first", () => {
  const body = wrapRegion(marker, "");
  const pulls = [1, 3, 2].map((number) => pull(number, { body, state: "closed" }));

  expect(classifyPulls(pulls, belonging).ours.map((one) => one.pull.number)).toEqual([3, 2, 1]);
});
