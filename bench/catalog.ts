import { execFile } from "node:child_process";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { percentile } from "./support/percentile.ts";
import { countPublish } from "./support/count-publish.ts";
import { compareCategory, type CategoryOptions } from "../services/comparator/src/catalog/compare-category.ts";

const exec = promisify(execFile);

/** Two texts to compare, and what it may cost: the first run of a fresh process, as a service meets it. */
interface Case {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly transform?: "horde-text";
  readonly changed: number;
  readonly budget?: { readonly ms: number; readonly peakMiB: number };
}

interface Measured {
  readonly ms: number;
  /** The main thread alone, which a busy machine does not stretch. */
  readonly cpuMs: number;
  readonly peakMiB: number;
}

interface Figures extends Measured {
  readonly worstMs: number;
}

const big = { ms: 700, peakMiB: 350 };
const small = { ms: 40, peakMiB: 350 };

/**
 * Compares and edits catalogs, each time in a process of its own, beside `JSON.parse` of both sides and
 * `JSON.stringify` of the result. `--runs N` (default 7); `--bundle PATH` adds a git bundle with the real
 * history of a `db.json`.
 */
export async function run({ json, args }: { json: boolean; args: string[] }): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: "string" }, bundle: { type: "string" } } });
  await using folder = await mkdtempDisposable(join(tmpdir(), "lockstep-bench-"));
  const print = (line: object) => console.log(json ? JSON.stringify(line) : line);
  const cases = syntheticCases();
  if (values.bundle === undefined) console.error("catalog: no --bundle PATH, so nothing real is measured");
  else {
    const revisions = await readRevisions(values.bundle, folder.path);
    cases.push(...realCases(revisions.at(-1) ?? "{}"));
    print(replay(revisions));
  }
  print({ benchmark: "catalog", case: "calls of the publisher", ...(await countPublish()) });
  for (const test of cases) print(await measureCase(test, { folder: folder.path, runs: Number(values.runs ?? 7) }));
}

async function measureCase(test: Case, { folder, runs }: { folder: string; runs: number }): Promise<object> {
  const { name, source, target, transform, changed, budget } = test;
  const paths = [join(folder, "source.json"), join(folder, "target.json")] as const;
  await writeFile(paths[0], source);
  await writeFile(paths[1], target);
  const ours: Measured[] = [];
  const plain: Measured[] = [];
  for (let index = 0; index < runs; index += 1) {
    ours.push(await measure("compare", [...paths, String(changed), transform ?? ""]));
    plain.push(await measure("json", paths));
  }
  const lockstep = summary(ours);
  const baseline = summary(plain);
  return {
    benchmark: "catalog",
    case: name,
    sourceBytes: Buffer.byteLength(source),
    targetBytes: Buffer.byteLength(target),
    changed,
    runs,
    lockstep,
    json: baseline,
    ratio: round(lockstep.ms / baseline.ms),
    ...(budget && { budget, met: lockstep.ms <= budget.ms && lockstep.peakMiB <= budget.peakMiB }),
  };
}

async function measure(task: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await exec(process.execPath, [import.meta.filename, task, ...args], { timeout: 60_000 });
  return JSON.parse(stdout) as Measured;
}

/** What the measured process does: read both files, then the task under the clock. */
async function child([
  task,
  sourcePath = "",
  targetPath = "",
  changed,
  transform,
]: readonly string[]): Promise<Measured> {
  const [source, target] = await Promise.all([readFile(sourcePath), readFile(targetPath)]);
  const cpu = process.threadCpuUsage();
  const start = performance.now();
  if (task === "json") {
    JSON.parse(target.toString());
    Buffer.from(`${JSON.stringify(JSON.parse(source.toString()), null, 4)}\n`);
  } else {
    const options: CategoryOptions = {
      order: "target",
      targetEdits: "report",
      ...(transform === "horde-text" ? { transform } : {}),
    };
    const { counts } = compareCategory({ source, target, options });
    if (counts.modified !== Number(changed)) throw new RangeError(`${counts.modified} changes instead of ${changed}`);
  }
  const ms = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

function summary(measured: readonly Measured[]): Figures {
  const middle = (figure: keyof Measured) =>
    percentile(
      measured.map((values) => values[figure]),
      50,
    );
  const worstMs = round(Math.max(...measured.map(({ ms }) => ms)));
  return { ms: middle("ms"), worstMs, cpuMs: middle("cpuMs"), peakMiB: middle("peakMiB") };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function syntheticCases(): Case[] {
  const before = records(20_000, () => "as it was");
  const after = records(20_000, (index) => (index % 200 === 7 ? "as it is" : "as it was"));
  const target = `${JSON.stringify(before, null, 4)}\n`;
  const source = `${JSON.stringify(after, null, 4)}\n`;
  const accents = (text: string) => text.replaceAll("dolor", "dólor");
  const one = horde(600, (index) => (index === 300 ? "changed" : "as it was"));
  const all = `${JSON.stringify(
    horde(600, () => "as it was"),
    null,
    4,
  )}\n`;
  return [
    { name: "20,000 records, both indented", source, target, changed: 100, budget: big },
    { name: "20,000 records, source compact", source: JSON.stringify(after), target, changed: 100, budget: big },
    { name: "20,000 records, not ASCII", source: accents(source), target: accents(target), changed: 100, budget: big },
    { name: "1.1 MB, one change", source: JSON.stringify(one), target: all, changed: 3, budget: small },
    {
      name: "1.1 MB, horde-text",
      source: JSON.stringify(one),
      target: all,
      changed: 3,
      transform: "horde-text",
    },
  ];
}

/** One word of the last base record changes: one record, or three after the transform. */
function realCases(text: string): Case[] {
  const names = Object.keys(JSON.parse(text) as object);
  const name = names.findLast((name) => !/^(aphrodite|koboldcpp)\//.test(name)) ?? "";
  const at =
    text.indexOf('"description": "', text.indexOf(`    ${JSON.stringify(name)}: {`)) + '"description": "'.length;
  const source = `${text.slice(0, at)}Changed. ${text.slice(at)}`;
  return [
    { name: "real file, one change", source, target: text, changed: 1, budget: small },
    { name: "real file, horde-text", source, target: text, changed: 3, transform: "horde-text" },
  ];
}

/** Records of about 1 KB when indented. */
function records(count: number, word: (index: number) => string): Record<string, object> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const name = `model_${index}`;
      const record = {
        name,
        description: `${"Lorem ipsum dolor sit amet. ".repeat(16)}${word(index)}`,
        parameters: index * 1_000_003,
        nsfw: false,
        tags: ["anime", "landscape", `series ${index % 50}`],
        config: { files: [{ path: `${name}.safetensors`, sha256sum: index.toString(16).padStart(64, "0") }] },
        homepage: `https://models.example/${name}`,
      };
      return [name, record];
    }),
  );
}

/** Base records as the AI-Horde keeps them, three entries each. */
function horde(count: number, word: (index: number) => string): Record<string, object> {
  const entries = Array.from({ length: count }, (_, index) => {
    const model = `Model-${index}-13B`;
    const record = {
      model_name: model,
      baseline: "llama",
      parameters: 13_000_000_000,
      description: `A text model of some kind, ${word(index)}.`,
      version: "1",
      style: "generalist",
      nsfw: false,
      display_name: model.replaceAll("-", " "),
      url: `https://models.example/author/${model}`,
      tags: ["13B", "instruct"],
      settings: { temperature: 0.7, top_p: 0.9, rep_pen: 1.1 },
    };
    const names = [`author/${model}`, `aphrodite/author/${model}`, `koboldcpp/${model}`];
    return names.map((name) => [name, { name, ...record }] as const);
  });
  return Object.fromEntries(entries.flat());
}

async function readRevisions(bundle: string, folder: string): Promise<string[]> {
  const repository = join(folder, "history.git");
  const git = async (...args: string[]) => {
    const { stdout } = await exec("git", args, { maxBuffer: 2 ** 26, timeout: 60_000 });
    return stdout;
  };
  await git("clone", "--quiet", "--mirror", bundle, repository);
  const list = await git("-C", repository, "rev-list", "--all", "--reverse", "--topo-order");
  const revisions: string[] = [];
  for (const commit of list.trim().split("\n"))
    revisions.push(await git("-C", repository, "show", `${commit}:db.json`));
  return revisions;
}

/** The history from the revision on in which it has its present format, one step after the other. */
function replay(revisions: readonly string[]): object {
  const firstOfFormat = 81;
  let file = revisions[firstOfFormat] ?? "{}";
  let changed = 0;
  let identical = 0;
  const times: number[] = [];
  for (const source of revisions.slice(firstOfFormat + 1)) {
    const start = performance.now();
    const { wanted } = compareCategory({ source, target: file, options: { order: "source", targetEdits: "report" } });
    times.push(performance.now() - start);
    if (wanted.kind === "unchanged") continue;
    file = wanted.bytes.toString();
    changed += 1;
    if (file === source) identical += 1;
  }
  const timing = { ms: percentile(times, 50), worstMs: round(Math.max(...times)) };
  return { benchmark: "catalog", case: "replay", steps: times.length, changed, identical, ...timing };
}

if (import.meta.main) console.log(JSON.stringify(await child(process.argv.slice(2))));
