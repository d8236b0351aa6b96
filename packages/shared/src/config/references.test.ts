import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RouteName } from "../contracts/names.ts";
import { parseConfig } from "./load-config.ts";

type Env = Readonly<Record<string, string>>;

function parse(text: string, env: Env = {}, file = "lockstep.yaml") {
  return parseConfig(text, { file, env });
}

function routeWith(source: string) {
  return `routes: { text: { kind: catalog, source: ${source}, targets: { t: { repository: acme/web } } } }`;
}

const text = RouteName.parse("text");

test("a variable stands for its value in block and flow maps, in lists, in quotes and inside longer text", () => {
  const config = parse(
    `nats:
  user: \${USER}
  servers: [\${ONE}, "nats://\${HOST}:\${PORT}"]
github: { token: \${TOKEN}, app: { id: \${ID}, installationId: '\${ID}', privateKeyPath: /keys/\${USER}.pem } }
`,
    { USER: "me", ONE: "nats://one", HOST: "two", PORT: "4223", TOKEN: "a-token", ID: "12" },
  );

  expect(config.nats).toMatchObject({ user: "me", servers: ["nats://one", "nats://two:4223"] });
  expect(config.github.token?.reveal()).toBe("a-token");
  expect(config.github.app).toEqual({ id: 12, installationId: 12, privateKeyPath: "/keys/me.pem" });
});

test("a variable may hold a number, a size, a time or a flag where the key wants one", () => {
  const source = "{ url: https://models.example, categories: [a], timeout: ${T}, maxBytes: ${S} }";
  const yaml = `${routeWith(source).slice(0, -3)}, dryRun: \${D} } }`;

  const route = parse(yaml, { T: "5s", S: "1MiB", D: "true" }).routes.get(text);

  expect(route?.source).toMatchObject({ timeout: 5000, maxBytes: 1_048_576 });
  expect(route).toMatchObject({ dryRun: true });
});

test.each(["a: b", "[1, 2]", "{ x: y }", "*alias", "# no comment", "null", "yes", "- a", "'\"", "| \n x", "${OTHER}"])(
  "a value of %j is text, never YAML and never another reference",
  (value) => {
    const env = { VALUE: value, OTHER: "must not appear" };

    expect(parse("nats: { user: ${VALUE} }", env).nats.user).toBe(value);
    expect(parse("nats:\n  user: ${VALUE}\n", env).nats.user).toBe(value);
    expect(parse('nats: { user: "<${VALUE}>" }', env).nats.user).toBe(`<${value}>`);
  },
);

test("a variable that is not set makes an optional key absent, and says so", () => {
  const config = parse("nats: { user: ${NOBODY}, servers: [${ONE}, ${TWO}, ${THREE}] }\ngithub: { token: ${EMPTY} }", {
    TWO: "nats://two",
    EMPTY: "",
  });

  expect(config.nats).toEqual({ servers: ["nats://two"] });
  expect(config.github.token).toBeUndefined();
  expect(config.absent).toEqual([
    "nats.user: the environment variable NOBODY is not set",
    "nats.servers.0: the environment variable ONE is not set",
    "nats.servers.2: the environment variable THREE is not set",
    "github.token: the environment variable EMPTY is not set",
  ]);
});

test("a key that is needed says which variable it lacks", () => {
  const source = "{ url: 'https://${SOURCE_HOST}/api', categories: [a] }";

  expect(() => parse(routeWith(source))).toThrow(
    "routes.text.source.url: is needed, but the environment variable SOURCE_HOST is not set",
  );
});

test("braces that are no reference stay as they are", () => {
  const source = '{ url: https://models.example, categories: [a], paths: { category: "{category}.json" }, name: "$5" }';

  expect(parse(routeWith(source)).routes.get(text)?.source).toMatchObject({
    name: "$5",
    paths: { category: "{category}.json" },
  });
});

test("a reference in a comment is nothing", () => {
  expect(parse("# ${NOT_SET}\nnats: {} # ${file:nowhere}\n").absent).toEqual([]);
});

test("a file's content is taken whole but for the line end at its end", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-references-"));
  await writeFile(join(folder.path, "key.pem"), "line one\nline: two\r\n");
  const file = join(folder.path, "lockstep.yaml");

  expect(parse("nats: { user: ${file:key.pem} }", {}, file).nats.user).toBe("line one\nline: two");
  expect(parse(`nats: { user: \${file:${folder.path}/key.pem} }`).nats.user).toBe("line one\nline: two");
});

test("a file that is not there makes its key absent; asked strictly, it is a fault with its line", () => {
  const yaml = "nats: {}\ngithub:\n  token: ${file:/nowhere/token}\n";

  expect(parse(yaml).absent).toEqual(["github.token: the file /nowhere/token cannot be read (ENOENT)"]);
  expect(() => parseConfig(yaml, { file: "lockstep.yaml", env: {}, strict: true })).toThrow(
    "lockstep.yaml:3  github.token: the file /nowhere/token cannot be read (ENOENT)",
  );
});

test("what YAML says about a faulty line speaks of references as they were written", () => {
  expect(() => parse("nats: *${NAME}\n", { NAME: "x" })).toThrow("*${NAME}");
});
