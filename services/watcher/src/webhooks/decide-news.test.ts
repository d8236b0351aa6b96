import { expect, test } from "vitest";
import { decideNews, type Circumstances } from "./decide-news.ts";
import type { News } from "./forge-hooks.ts";

const base = "refs/heads/main";
const ours = "refs/heads/sync/text";
const circumstances: Circumstances = {
  policy: "both",
  refs: { base, prefixes: [], isOurs: (ref) => ref === ours },
  cursor: { refs: { [base]: "a", [ours]: "b" } },
};

function decide(news: News, changes: Partial<Circumstances> = {}) {
  return decideNews(news, { ...circumstances, ...changes });
}

function push(ref: string, head: string | undefined): News {
  return { kind: "push", ref, head };
}

function pull(what: "closed" | "reopened" | "retargeted" | "moved", head = "b"): News {
  return { kind: "pull-request", what, ref: ours, head };
}

test("a push to the base is always a look, seen or not: nobody pushes there but people", () => {
  expect(decide(push(base, "c"))).toEqual({ kind: "look", seen: { ref: base, head: "c" } });
  expect(decide(push(base, "a")).kind).toBe("look");
});

test("a push to our branch is a look the first time it is heard of", () => {
  expect(decide(push(ours, "c"))).toEqual({ kind: "look", seen: { ref: ours, head: "c" } });
  expect(decide(push(ours, "b"))).toEqual({ kind: "ignore", reason: "seen already" });
});

test("our branch that goes is a look the first time it is heard of", () => {
  expect(decide(push(ours, undefined))).toEqual({ kind: "look", seen: { ref: ours, head: undefined } });
  expect(decide(push(ours, undefined), { cursor: { refs: { [base]: "a" } } }).kind).toBe("ignore");
});

test("of a target that is never polled the news are remembered instead", () => {
  for (const head of ["b", undefined]) {
    expect(decide(push(ours, head), { cursor: {} }).kind).toBe("look");
    expect(decide(push(ours, head), { cursor: { told: { [ours]: head ?? null } } }).kind).toBe("ignore");
    expect(decide(push(ours, head), { cursor: { told: { [ours]: "c" } } }).kind).toBe("look");
  }
});

test.each(["closed", "reopened", "retargeted"] as const)(
  "our pull request that was %s is a look: no branch shows it",
  (what) => {
    expect(decide(pull(what))).toEqual({ kind: "look" });
  },
);

test("our pull request that moved is the push over again", () => {
  expect(decide(pull("moved", "c"))).toEqual({ kind: "look", seen: { ref: ours, head: "c" } });
  expect(decide(pull("moved", "b"))).toEqual({ kind: "ignore", reason: "seen already" });
});

test.each([push("refs/heads/other", "c"), push("refs/tags/v1", "c"), { ...pull("closed"), ref: "refs/heads/other" }])(
  "what happens to other branches is ignored, with the reason",
  (news) => {
    expect(decide(news)).toMatchObject({ kind: "ignore", reason: expect.stringContaining("neither the base nor") });
  },
);

test("nothing and a ping are ignored", () => {
  expect(decide({ kind: "nothing", reason: "because" })).toEqual({ kind: "ignore", reason: "because" });
  expect(decide({ kind: "ping" }).kind).toBe("ignore");
});

test("with poll-only what would be a look is excluded, and what is ignored stays ignored", () => {
  expect(decide(push(base, "c"), { policy: "poll-only" })).toEqual({ kind: "excluded" });
  expect(decide(pull("closed"), { policy: "poll-only" })).toEqual({ kind: "excluded" });
  expect(decide(push("refs/heads/other", "c"), { policy: "poll-only" }).kind).toBe("ignore");
  expect(decide(push(base, "c"), { policy: "webhook-only" }).kind).toBe("look");
});
