import { expect, test } from "vitest";
import { decideSourceNews } from "./decide-news.ts";

const matches = (ref: string) => ref.startsWith("refs/heads/");
const push = { kind: "push", ref: "refs/heads/main", head: "a".repeat(40) } as const;

test("a push to a ref that is mirrored is looked at", () => {
  expect(decideSourceNews(push, { policy: "both", matches })).toEqual({ kind: "look" });
  expect(decideSourceNews(push, { policy: "webhook-only", matches })).toEqual({ kind: "look" });
});

test("a push to another ref is ignored, and poll-only routes take none", () => {
  expect(decideSourceNews({ ...push, ref: "refs/notes/x" }, { policy: "both", matches })).toMatchObject({
    kind: "ignore",
  });
  expect(decideSourceNews(push, { policy: "poll-only", matches })).toEqual({ kind: "excluded" });
});
