import { expect, test } from "vitest";
import { parseConfig } from "@lockstep/shared/config";
import { RouteName } from "@lockstep/shared/contracts";
import { decideUpstream } from "./decide-upstream.ts";

const source = "source: { url: https://models.example, categories: [a] }";
const { routes } = parseConfig(
  `
routes:
  first: { kind: catalog, ${source}, targets: { t: { repository: acme/one } } }
  second: { kind: catalog, ${source}, targets: { t: { repository: acme/two } }, triggers: { after: [first] } }
  third: { kind: catalog, ${source}, targets: { t: { repository: acme/three } }, triggers: { after: [second] } }
`,
  { file: "lockstep.yaml", env: {} },
);
const route = RouteName.parse("first");

test("a merge concerns the routes that come after, and no others", () => {
  expect(decideUpstream({ route, action: "merged" }, routes).map(({ name }) => name)).toEqual(["second"]);
});

test.each(["opened", "updated", "unchanged", "reopened", "closed", "held"] as const)(
  "a pull request that is %s concerns nobody: nothing of it is in the repository",
  (action) => {
    expect(decideUpstream({ route, action }, routes)).toEqual([]);
  },
);

test("a merge that is reported again is news to nobody", () => {
  expect(decideUpstream({ route, action: "merged", repeated: true }, routes)).toEqual([]);
});
