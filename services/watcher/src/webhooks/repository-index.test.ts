import { expect, test } from "vitest";
import { parseConfig, type ConfigStore } from "@lockstep/shared/config";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import { repositoryIndex } from "./repository-index.ts";

function configOf(repositories: Readonly<Record<string, string>>) {
  const routes = Object.entries(repositories).map(
    ([route, repository]) =>
      `  ${route}: { kind: catalog, source: { url: https://models.example, categories: [${route}] }, targets: { t: { repository: ${repository} } } }`,
  );
  return parseConfig(`routes:\n${routes.join("\n")}`, { file: "lockstep.yaml", env: {} });
}

const models = repositoryIdentity("https://github.com/acme/models.git");

test("a repository's routes are found by its identity, however it is spelled", () => {
  const current = configOf({ one: "Acme/Models", two: "acme/models", three: "acme/other" });
  const index = repositoryIndex({ current, onChange: () => {}, [Symbol.dispose]: () => {} });

  expect(index(models).map(({ route }) => route.name)).toEqual(["one", "two"]);
  expect(index(repositoryIdentity("https://github.com/acme/nothing"))).toEqual([]);
});

test("the index follows the configuration", () => {
  let current = configOf({ one: "acme/other" });
  const config: ConfigStore = {
    get current() {
      return current;
    },
    onChange: () => {},
    [Symbol.dispose]: () => {},
  };
  const index = repositoryIndex(config);

  expect(index(models)).toEqual([]);
  current = configOf({ two: "acme/models" });
  expect(index(models)).toMatchObject([{ role: "target", route: { name: "two" }, target: { name: "t" } }]);
});
