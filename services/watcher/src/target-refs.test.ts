import { expect, test } from "vitest";
import { RouteName } from "@lockstep/shared/contracts";
import { parseConfig } from "@lockstep/shared/config";
import { onlyThatMatter, targetRefs } from "./target-refs.ts";

function refsOf(mode: "update" | "replace") {
  const text = `
routes:
  text:
    kind: catalog
    source: { url: https://models.example, categories: [text_generation, a.b] }
    targets: { db: { repository: acme/web, branch: stable, pullRequest: { mode: ${mode} } } }
`;
  const { routes } = parseConfig(text, { file: "lockstep.yaml", env: {} });
  const route = routes.get(RouteName.parse("text"));
  const target = route?.kind === "catalog" ? route.targets[0] : undefined;
  if (route === undefined || target === undefined) throw new Error("the test's configuration is wrong");
  return targetRefs(route, target);
}

test("the base and the branches that the publisher names after the route matter", () => {
  const refs = refsOf("update");

  expect(refs.base).toBe("refs/heads/stable");
  for (const name of ["text", "text/text_generation", "text_db", "text_db/a-b"])
    expect(refs.isOurs(`refs/heads/sync/${name}`)).toBe(true);
});

test.each([
  "refs/heads/stable",
  "refs/heads/sync/textile",
  "refs/heads/sync/text-2",
  "refs/heads/sync/text_other",
  "refs/heads/sync",
  "refs/tags/sync/text",
  "refs/heads/my/sync/text",
  "refs/heads/sync/text_generation/20260102-030405",
])("%s is no branch of ours", (ref) => {
  expect(refsOf("update").isOurs(ref)).toBe(false);
});

test("in the mode replace also branches that are named by category and time are ours", () => {
  const refs = refsOf("replace");

  for (const name of [
    "text",
    "text_generation/20260102-030405",
    "text_generation/20260102-030405-17",
    "multi-category/20260102-030405",
    "a.b/20260102-030405",
  ])
    expect(refs.isOurs(`refs/heads/sync/${name}`)).toBe(true);
  for (const name of ["image_generation/20260102-030405", "text_generation/later", "x/text_generation/20260102-030405"])
    expect(refs.isOurs(`refs/heads/sync/${name}`)).toBe(false);
});

test("what is asked for covers all that matters, and what does not matter is left out", () => {
  for (const refs of [refsOf("update"), refsOf("replace")]) {
    const ours = ["refs/heads/stable", "refs/heads/sync/text", "refs/heads/sync/text_db/a-b"];
    const all = new Map([...ours, "refs/heads/stable-2", "refs/heads/sync/textile"].map((ref) => [ref, "1"]));

    expect(Object.keys(onlyThatMatter(all, refs))).toEqual(ours);
    for (const ref of ours) expect(refs.prefixes.some((prefix) => ref.startsWith(prefix))).toBe(true);
  }
});
