import { expect, test } from "vitest";
import { RouteName } from "../contracts/names.ts";
import { parseConfig } from "./load-config.ts";

const text = RouteName.parse("text");

function parseRoute(yaml: string) {
  const route = parseConfig(yaml, { file: "lockstep.yaml", env: {} }).routes.get(text);
  return route?.kind === "catalog" ? route : undefined;
}

const source = "source: { url: https://models.example, categories: [image_generation, text_generation, other] }";

test("a target without files takes each of the source's categories, under the names its readers know", () => {
  const route = parseRoute(`routes: { text: { kind: catalog, ${source}, targets: { t: { repository: Acme/Web } } } }`);

  expect(route?.targets[0]?.files).toEqual([
    { category: "image_generation", path: "stable_diffusion.json", strict: false },
    { category: "text_generation", path: "db.json", strict: false },
    { category: "other", path: "other.json", strict: false },
  ]);
});

test("a file may be given in short, and a source without categories has those of its targets", () => {
  const route = parseRoute(`
routes:
  text:
    kind: catalog
    source: { url: https://models.example }
    targets:
      a: { repository: acme/a, files: { one: data/one.json, two: { transform: horde-text, strict: "true" } } }
      b: { repository: acme/b, files: { two: two.json, three: {} } }
`);

  expect(route?.source.categories).toEqual(["one", "two", "three"]);
  expect(route?.targets[0]?.files).toEqual([
    { category: "one", path: "data/one.json", strict: false },
    { category: "two", path: "two.json", transform: "horde-text", strict: true },
  ]);
});

test("where nobody names a category, the target is at fault", () => {
  const yaml =
    "routes: { text: { kind: catalog, source: { url: https://m.example }, targets: { t: { repository: a/b } } } }";

  expect(() => parseRoute(yaml)).toThrow("routes.text.targets.t: names no category");
});

test.each([
  ["https://api.github.com", "https://github.com/Acme/Web.git", "github.com/acme/web"],
  ["https://ghe.example/api/v3", "https://ghe.example/Acme/Web.git", "ghe.example/acme/web"],
  ["http://127.0.0.1:8080", "http://127.0.0.1:8080/Acme/Web.git", "127.0.0.1:8080/acme/web"],
])("beside the API %s, git is at %s", (apiUrl, gitUrl, identity) => {
  const route = parseRoute(
    `github: { apiUrl: "${apiUrl}" }\nroutes: { text: { kind: catalog, ${source}, targets: { t: { repository: Acme/Web } } } }`,
  );

  expect(route?.targets[0]).toMatchObject({ repository: "Acme/Web", gitUrl, identity });
});

test("a route's triggers go over the file's defaults, and those over the built-in ones", () => {
  const route = parseRoute(`
defaults: { triggers: { interval: 5m, policy: poll-only } }
routes:
  text:
    kind: catalog
    ${source}
    targets: { t: { repository: acme/web } }
    triggers: { policy: webhook-only, onStartup: true }
`);

  expect(route?.triggers).toEqual({
    policy: "webhook-only",
    interval: 300_000,
    initialDelay: 0,
    onStartup: true,
    reconcile: 3_600_000,
    targetInterval: 300_000,
    after: [],
  });
});
