import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RouteName } from "../contracts/names.ts";
import { ConfigError, loadConfig, parseConfig } from "./load-config.ts";

const route = `routes:
  text:
    kind: catalog
    source: { url: https://models.example, categories: [text_generation] }
    targets:
      t: { repository: acme/web }
`;

type Env = Readonly<Record<string, string>>;

function parse(text: string, env: Env = {}) {
  return parseConfig(text, { file: "lockstep.yaml", env });
}

function faultsOf(text: string, env: Env = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
    throw error;
  }
  return [];
}

describe("faults", () => {
  test("are all reported at once, each with its path and line, in the file's order", () => {
    const text = `github: { token: [] }
colour: blue
nats: { bar: 2 }
${route
  .replace("https://models.example", "ftp://models.example")
  .replace(
    "acme/web",
    "web",
  )}      u: { repository: acme/other, pullRequest: { minChanges: 0, mode: swap, maxDeletions: lots } }
`;

    expect(faultsOf(text)).toEqual([
      "1 github.token: Invalid input: expected string, received array",
      "2 colour: is not a known key",
      "3 nats.bar: is not a known key",
      "7 routes.text.source.url: must be an http or https URL",
      "9 routes.text.targets.t.repository: must be owner/name",
      '10 routes.text.targets.u.pullRequest.mode: Invalid option: expected one of "update"|"replace"',
      "10 routes.text.targets.u.pullRequest.minChanges: must be at least 1",
      "10 routes.text.targets.u.pullRequest.maxDeletions: must be a number or a percentage such as 20%",
    ]);
  });

  test.each([
    [
      "a key that is missing",
      route.replace("url: https://models.example, ", ""),
      "4 routes.text.source.url: is needed",
    ],
    [
      "a kind that is none",
      route.replace("kind: catalog", "kind: katalog"),
      "3 routes.text.kind: Invalid discriminator",
    ],
    ["a name that is no token", route.replace("text:", "Text_X:"), "2 routes.Text_X: must be 1 to 64"],
    [
      "a repository above its owner",
      route.replace("acme/web", "acme/.."),
      "6 routes.text.targets.t.repository: must be",
    ],
    [
      "a route without targets",
      route.replace("\n      t: { repository: acme/web }", " {}"),
      "5 routes.text.targets: needs",
    ],
    ["a file that is a list", "- a\n- b", "1 (file): Invalid input: expected object, received array"],
    ["a section that is text", "github: abc", "1 github: Invalid input: expected object, received string"],
    ["a section that is a list", "github: [a]", "1 github: Invalid input: expected object, received array"],
    ["a text that is no YAML", "nats: { servers: a\ngithub: {}", "2 (YAML): Flow map in block collection must be"],
    ["a key that stands twice", "nats: {}\nnats: {}", "2 (YAML): Map keys must be unique"],
    ["an alias of nothing", "nats: {}\ngithub: *other", "2 (YAML): *other is defined nowhere"],
    [
      "a token in an address",
      route.replace("https://", "https://me:pass@"),
      "4 routes.text.source.url: must not carry",
    ],
    [
      "a route to wait for that is not there",
      `${route}    triggers: { after: [other] }`,
      "7 routes.text.triggers.after: there",
    ],
  ])("%s", (_what, text, fault) => {
    expect(faultsOf(text).map((line) => line.slice(0, fault.length))).toEqual([fault]);
  });

  test("a category that the source does not have, or a path outside the repository", () => {
    const files = "repository: acme/web, files: { image: a.json, text_generation: { path: ../up.json } }";

    expect(faultsOf(route.replace("repository: acme/web", files))).toEqual([
      "6 routes.text.targets.t.files.text_generation.path: must be a path inside the repository",
      "6 routes.text.targets.t.files.image: image is not among the source's categories",
    ]);
  });

  test.each(["a/../b", "/a", "a//b", ".git/hooks/x", "a/.GIT/x", "./a", "a/", ""])("a file at %j", (path) => {
    const files = `repository: acme/web, files: { text_generation: "${path}" }`;

    expect(faultsOf(route.replace("repository: acme/web", files))).toHaveLength(1);
  });

  test.each(["-x", "a..b", "a b", "a~1", "refs/@{1}", "x.lock", "/a", "a/", "a^", "a:b"])("a branch %j", (branch) => {
    const target = `repository: acme/web, branch: "${branch}"`;

    expect(faultsOf(route.replace("repository: acme/web", target))).toEqual([
      "6 routes.text.targets.t.branch: must be a branch name",
    ]);
  });

  test("two routes that write the same file, however its repository is spelled", () => {
    const other = `${route}  other:
    kind: catalog
    source: { url: https://models.example, categories: [text_generation] }
    targets:
      u: { repository: Acme/Web, branch: main }
`;

    expect(faultsOf(other)).toEqual([
      "11 routes.other.targets.u: db.json on main of Acme/Web is already written by text.t (text_generation)",
    ]);
    expect(faultsOf(other.replace("branch: main", "branch: next"))).toEqual([]);
  });

  test("say nothing of what a secret is (I9)", async () => {
    const text = "nats:\n  token: hunter2hunter2: x\n  user: { a: hunter2hunter2 }\n";

    expect(() => parse(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining("hunter2") }));
  });
});

describe("signing in", () => {
  const app = (keys: string) => `github: { app: { id: 1, installationId: 2${keys} } }`;

  test("both forms of the app's key at once are a fault, in the file and in the environment", () => {
    const fault = "1 github.app: give privateKey or privateKeyPath, not both";
    const env = { GITHUB_APP_ID: "1", GITHUB_APP_INSTALLATION_ID: "2", GITHUB_APP_PRIVATE_KEY_PATH: "/key.pem" };

    expect(faultsOf(app(", privateKey: a-whole-key, privateKeyPath: /key.pem"))).toEqual([fault]);
    expect(faultsOf("", { ...env, GITHUB_APP_PRIVATE_KEY: "a-whole-key" })).toEqual([fault]);
    expect(faultsOf("", env)).toEqual([]);
  });

  test("an app needs its key and its installation", () => {
    expect(faultsOf(app(""))).toEqual(["1 github.app: an app needs privateKey or privateKeyPath"]);
    expect(faultsOf("github: { app: { id: 1, privateKeyPath: /key.pem } }")).toEqual([
      "1 github.app: an app needs installationId",
    ]);
  });

  test("the environment's usual names are taken where the file says nothing, and only there", () => {
    const env = {
      GITHUB_TOKEN: "from-the-environment",
      GITHUB_APP_ID: "7",
      GITHUB_APP_INSTALLATION_ID: "8",
      GITHUB_APP_PRIVATE_KEY_PATH: "/key.pem",
    };
    const taken = parse("", env).github;
    const kept = parse(
      "github: { token: from-the-file, app: { id: 1, installationId: 2, privateKeyPath: /other.pem } }",
      env,
    );

    expect(taken.token?.reveal()).toBe("from-the-environment");
    expect(taken.app).toEqual({ id: 7, installationId: 8, privateKeyPath: "/key.pem" });
    expect(kept.github.token?.reveal()).toBe("from-the-file");
    expect(kept.github.app).toEqual({ id: 1, installationId: 2, privateKeyPath: "/other.pem" });
  });

  test("an empty variable, or a part of an app without its id, is none", () => {
    const { github } = parse("", { GITHUB_TOKEN: "", GITHUB_APP_PRIVATE_KEY_PATH: "/key.pem" });

    expect(github).toEqual({ apiUrl: "https://api.github.com" });
  });
});

describe("a file", () => {
  test("that is read is named in its faults and in the folder of its references", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-config-"));
    const file = join(folder.path, "lockstep.yaml");
    await writeFile(join(folder.path, "token"), "from-a-file\n");
    await writeFile(file, `github: { token: "\${file:token}" }\n${route}`);

    const config = await loadConfig(file, { env: {} });

    expect(config.github.token?.reveal()).toBe("from-a-file");
    expect([...config.routes.keys()]).toEqual([RouteName.parse("text")]);
    await writeFile(file, "colour: blue");
    await expect(loadConfig(file)).rejects.toThrow(`${file}:1  colour: is not a known key`);
  });

  test("that is not there says where it was looked for, and what to do", async () => {
    await expect(loadConfig("/nowhere/lockstep.yaml")).rejects.toMatchObject({
      code: "CONFIG_UNREADABLE",
      message: "The configuration /nowhere/lockstep.yaml cannot be read (ENOENT)",
      hint: expect.stringContaining("--config"),
    });
  });

  test("that is empty is a configuration without routes", () => {
    expect(parse("").routes.size).toBe(0);
    expect(parse("# nothing yet\n").routes.size).toBe(0);
  });
});
