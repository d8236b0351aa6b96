import { expect, test } from "vitest";
import { readMarker } from "./body-region.ts";
import { changesOfText, closedBody, pullRequestText } from "./pull-request-text.ts";
import type { PullRequest } from "../pull-requests.ts";
import { names, sampleAnnouncement, sampleChange } from "../testing/sample-announcement.ts";

const content = "c".repeat(64);
const old = pullRequestText(sampleAnnouncement({ changes: [sampleChange({ added: ["a"] })] }), content);
const text = pullRequestText(sampleAnnouncement({ changes: [sampleChange({ added: ["a", "b"] })] }), content);

function pull(fields: Partial<PullRequest>): PullRequest {
  const rest = {
    number: 1,
    url: "http://forge.example/1",
    state: "open",
    branch: "sync/models",
    head: "h",
    base: "main",
  } as const;
  return { ...rest, createdAt: "2025-01-01T00:00:00Z", title: old.title, body: old.body(""), ...fields };
}

test("what says it already needs no change, with the line ends of a browser too", () => {
  const said = { title: text.title, body: text.body("") };

  expect(changesOfText(pull(said), text)).toEqual({});
  expect(changesOfText(pull({ ...said, body: said.body.replaceAll("\n", "\r\n") }), text)).toEqual({});
});

test("our old title and body are replaced", () => {
  expect(changesOfText(pull({}), text)).toEqual({ title: "Sync models: +2 −0 ~0", body: text.body("") });
});

test("a person's title stays, and what they wrote around our text (I8)", () => {
  const { title, body } = changesOfText(pull({ title: "Mine", body: `Before\n\n${old.body("")}\n\nAfter` }), text);

  expect(title).toBeUndefined();
  expect(body).toBe(`Before\n\n${text.body("")}\n\nAfter`);
});

test("a body without our text gets it below a person's", () => {
  expect(changesOfText(pull({ title: "Mine", body: "All mine" }), text)).toEqual({
    body: `All mine\n\n${text.body("")}`,
  });
});

test("with a person's text the whole stays below GitHub's limit, and keeps its marker", () => {
  const modified = names(2000).map((name) => ({ name, fields: [{ field: "x", before: "b".repeat(90), after: "a" }] }));
  const long = pullRequestText(sampleAnnouncement({ changes: [sampleChange({ modified })] }), content);

  const body = long.body(`${"p".repeat(30_000)}\n\n${old.body("")}\n\n${"q".repeat(20_000)}`);

  expect(body.length).toBeLessThan(65_536);
  expect(body.length).toBeGreaterThan(60_000);
  expect(readMarker(body)).toMatchObject({ content, text: long.hash });
  expect(body).toMatch(/<!-- \/lockstep -->\n\nq+$/);
});

test("closing it is noted in the marker, even where a person took that away", () => {
  const { route, target } = sampleAnnouncement().diff;

  expect(readMarker(closedBody(pull({}), { route, target, content }))).toMatchObject({ closed: "lockstep", content });
  const bare = closedBody(pull({ body: "All mine" }), { route, target, content });
  expect(bare).toMatch(/^All mine\n/);
  expect(readMarker(bare)).toMatchObject({ route, target, content, closed: "lockstep" });
});
