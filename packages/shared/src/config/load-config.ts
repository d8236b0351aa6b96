import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { PermanentError } from "../runtime/errors.ts";
import { completeConfig, type Config } from "./config.ts";
import { findConflicts } from "./find-conflicts.ts";
import { markReferences, resolveReferences, unmarkReferences, type Unresolved } from "./references.ts";
import { configSchema } from "./schema.ts";

/** One thing wrong with the file. `line` counts from 1. */
export interface ConfigFault {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** The file cannot be used. `faults` is everything that is wrong with it. */
export class ConfigError extends PermanentError {
  readonly file: string;
  readonly faults: readonly ConfigFault[];

  constructor(file: string, found: readonly ConfigFault[]) {
    const faults = found.toSorted((one, other) => one.line - other.line);
    const lines = faults.map(({ path, line, message }) => `  ${file}:${line}  ${path}: ${message}`);
    super("CONFIG_INVALID", `${file} has ${faults.length} fault(s):\n${lines.join("\n")}`, {
      hint: "mend the lines named; `lockstep schema` prints what is allowed",
    });
    this.file = file;
    this.faults = faults;
  }
}

interface LoadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Every `${file:…}` must be there: what `lockstep check` asks. A service only misses what it uses. */
  readonly strict?: boolean;
}

/** Reads lockstep.yaml. Throws a ConfigError with every fault, path and line at once. */
export async function loadConfig(file: string, options: LoadOptions = {}): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new PermanentError("CONFIG_UNREADABLE", `The configuration ${resolve(file)} cannot be read (${reason})`, {
      hint: "name the file with --config or LOCKSTEP_CONFIG, or run `lockstep up --demo` to look around first",
      cause: error,
    });
  }
  return parseConfig(text, { file, ...options });
}

/** Parses the text of lockstep.yaml. `file` is named in faults, and relative `${file:…}` start in its folder. */
export function parseConfig(text: string, options: LoadOptions & { readonly file: string }): Config {
  const { file, env = process.env, strict = false } = options;
  const lines = new LineCounter();
  const document = parseDocument(markReferences(text), { lineCounter: lines });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  refuse(
    file,
    document.errors.map(({ pos, message }) => ({
      path: "(YAML)",
      line: lineAt(pos[0]),
      message: describeYaml(message),
    })),
  );

  refuse(file, findUnknownAliases(document, lineAt));
  const locate = createLocator(document, lineAt);
  const unresolved = resolveReferences(document, { env, folder: dirname(resolve(file)) });
  const parsed = configSchema.safeParse(withEnvironmentDefaults(document.toJS() ?? {}, env), { reportInput: true });
  const needed = strict ? unresolved.filter(({ kind }) => kind === "file") : [];
  const faults = needed.map(({ path, reason }) => locate(path, reason));
  if (!parsed.success)
    throw new ConfigError(file, [
      ...faults,
      ...parsed.error.issues.flatMap((issue) => describeIssue(issue, { locate, unresolved })),
    ]);
  const config = completeConfig(
    parsed.data,
    unresolved.map(({ path, reason }) => `${path.join(".")}: ${reason}`),
  );
  refuse(file, [...faults, ...findConflicts(config).map(({ path, message }) => locate(path, message))]);
  return config;
}

function refuse(file: string, faults: readonly ConfigFault[]): void {
  if (faults.length > 0) throw new ConfigError(file, faults);
}

type Locate = (path: readonly PropertyKey[], message: string) => ConfigFault;

/** YAML itself does not call these an error; reading the value of one throws. */
function findUnknownAliases(document: Document, lineAt: (offset: number) => number): ConfigFault[] {
  const faults: ConfigFault[] = [];
  visit(document, {
    Alias(_key, node) {
      if (node.resolve(document) === undefined)
        faults.push({
          path: "(YAML)",
          line: lineAt(node.range?.[0] ?? 0),
          message: unmarkReferences(`*${node.source} is defined nowhere`),
        });
    },
  });
  return faults;
}

function createLocator(document: Document, lineAt: (offset: number) => number): Locate {
  // The lines of keys that references removed are still wanted: look in the document as it was.
  const original = document.clone();
  return (path, message) => {
    const line = lineAt(offsetOf(original, path));
    return { path: path.length === 0 ? "(file)" : path.map(String).join("."), line, message };
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = keyOffset(parent, path[length - 1]);
    if (key !== undefined) return key;
  }
  return 0;
}

function keyOffset(parent: unknown, key: PropertyKey | undefined): number | undefined {
  if (isSeq(parent)) return startOf(parent.items[Number(key)]);
  if (!isMap(parent)) return undefined;
  return startOf(parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

interface Around {
  readonly locate: Locate;
  readonly unresolved: readonly Unresolved[];
}

function describeIssue(issue: z.core.$ZodIssue, { locate, unresolved }: Around): ConfigFault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => locate([...issue.path, key], "is not a known key"));
  if (issue.code === "invalid_key") return [locate(issue.path, issue.issues[0]?.message ?? issue.message)];
  const branch = issue.code === "invalid_union" ? nearestBranch(issue.errors) : undefined;
  if (branch !== undefined)
    return branch.flatMap((inner) =>
      describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, { locate, unresolved }),
    );
  const gone = unresolved.find(({ path }) => path.join("\0") === issue.path.join("\0"));
  if (gone !== undefined) return [locate(issue.path, `is needed, but ${gone.reason}`)];
  return [locate(issue.path, issue.input === undefined && issue.code !== "custom" ? "is needed" : issue.message)];
}

/** Of a union's branches the one that got furthest says most about what was meant. */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map(({ path, code }) => path.length * 2 + (code === "invalid_type" ? 0 : 1)));
  const [nearest] = branches.toSorted((one, other) => depth(other) - depth(one));
  // A value of the wrong type breaks the other rules for its place as well: one fault is enough.
  const mistyped = new Set(nearest?.filter(({ code }) => code === "invalid_type").map(({ path }) => path.join("\0")));
  return nearest?.filter(({ code, path }) => code === "invalid_type" || !mistyped.has(path.join("\0")));
}

/** The names that the AI-Horde sync and GitHub's own tools use, where the file says nothing. */
function withEnvironmentDefaults(json: unknown, env: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const file = json as { github?: { token?: unknown; app?: object } | null };
  if (file.github !== undefined && (typeof file.github !== "object" || Array.isArray(file.github))) return json;
  const app = {
    id: env["GITHUB_APP_ID"],
    installationId: env["GITHUB_APP_INSTALLATION_ID"],
    privateKey: env["GITHUB_APP_PRIVATE_KEY"],
    privateKeyPath: env["GITHUB_APP_PRIVATE_KEY_PATH"],
  };
  const set = Object.fromEntries(Object.entries(app).filter(([, value]) => value !== undefined && value !== ""));
  const github = { ...file.github };
  if (github.app === undefined && "id" in set) github.app = set;
  if (github.token === undefined && env["GITHUB_TOKEN"]) github.token = env["GITHUB_TOKEN"];
  return { ...file, github };
}

/** The first line says what is wrong; the rest shows the file's own text, which may be secret (I9). */
function describeYaml(message: string): string {
  return unmarkReferences((message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:$/, ""));
}
