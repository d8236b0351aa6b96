import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { createTwoFilesPatch } from "diff";
import { noBaselines } from "@lockstep/comparator/baselines";
import { compareRoute, type FileComparison, type TargetComparison } from "@lockstep/comparator/compare-route";
import { gitTargetFiles } from "@lockstep/comparator/git-target-files";
import { clonesFolder, createGit, gitHubCredentials, repositoryCache } from "@lockstep/git";
import { openCatalogSource } from "@lockstep/shared/catalog-source";
import { loadConfig, type CatalogRoute, type Config } from "@lockstep/shared/config";
import { PermanentError, SyncError } from "@lockstep/shared/runtime";
import { configFile, withConfig } from "../config-file.ts";
import { paint, printJson, printLine } from "../print.ts";
import { exitCodes } from "../report-failure.ts";
import { untilStopped } from "../until-stopped.ts";
import { diffMirror } from "./diff-mirror.ts";

interface DiffOptions {
  readonly config?: string;
  readonly output?: string;
  readonly exitCode?: true;
  readonly json?: true;
}

export function addDiff(program: Command): void {
  withConfig(program.command("diff"))
    .description("what would change now, without NATS and without writing to any target")
    .argument("<route>")
    .option("-o, --output <dir>", "write the wanted files and changes.diff there")
    .option("--exit-code", "exit with 3 where nothing would change")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  lockstep diff text-models --output /tmp/wanted")
    .action(async (name: string, options: DiffOptions) => {
      const config = await loadConfig(configFile(options.config));
      const route = [...config.routes.values()].find((one) => one.name === name);
      if (route === undefined)
        throw new PermanentError("USAGE", `${configFile(options.config)} has no route ${name}`, {
          hint: `routes: ${[...config.routes.keys()].join(", ") || "none"}`,
        });
      if (route.kind === "deployment")
        throw new PermanentError("USAGE", `${name} is a deployment route: its installations know what they lack`, {
          hint: "`lockstep trigger` makes every installation say so, `lockstep tail` shows it",
        });
      if (route.kind === "mirror") {
        process.exitCode = await diffMirror(route, config, options);
        return;
      }
      const compared = await compare(route, config);
      if (options.output !== undefined) await writeWanted(options.output, compared);
      if (options.json) printJson(compared.map(summarize));
      else for (const target of compared) show(target);
      process.exitCode = exitCodeOf(compared, options);
    });
}

async function compare(route: CatalogRoute, config: Config): Promise<readonly TargetComparison[]> {
  const clones = repositoryCache({ folder: clonesFolder(process.env, "diff"), git: createGit() });
  const targets = gitTargetFiles({ cache: clones, credentials: () => gitHubCredentials(config.github) });
  await using source = openCatalogSource(route.source);
  return await compareRoute(route, { source, targets, baselines: noBaselines }, untilStopped());
}

function exitCodeOf(compared: readonly TargetComparison[], { exitCode }: DiffOptions): number {
  const files = compared.flatMap((target) => (target.kind === "compared" ? target.files : []));
  const failed =
    compared.some(({ kind }) => kind === "failed") || files.some(({ result }) => result instanceof SyncError);
  if (failed) return exitCodes.failed;
  return exitCode && files.every((file) => wantedBytes(file) === undefined) ? exitCodes.nothing : exitCodes.done;
}

function wantedBytes({ result }: FileComparison): Buffer | undefined {
  return result instanceof SyncError || result.wanted.kind === "unchanged" ? undefined : result.wanted.bytes;
}

async function writeWanted(folder: string, compared: readonly TargetComparison[]): Promise<void> {
  const patches: string[] = [];
  for (const target of compared)
    for (const comparison of target.kind === "compared" ? target.files : []) {
      const bytes = wantedBytes(comparison);
      if (bytes === undefined) continue;
      const path = join(target.target.name, comparison.file.path);
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), bytes);
      const before = Buffer.from(comparison.present?.bytes ?? []).toString();
      patches.push(createTwoFilesPatch(`a/${path}`, `b/${path}`, before, bytes.toString()));
    }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "changes.diff"), patches.join(""));
}

function summarize(compared: TargetComparison) {
  const { name, repository } = compared.target;
  if (compared.kind === "failed") return { target: name, repository, error: failure(compared.error) };
  const categories = compared.files.map(({ file, result }) =>
    result instanceof SyncError
      ? { category: file.category, path: file.path, error: failure(result) }
      : { category: file.category, path: file.path, ...lists(result) },
  );
  return { target: name, repository, tip: compared.tip, categories };
}

function failure({ code, message, hint }: SyncError) {
  return { code, message, hint };
}

type Compared = Exclude<FileComparison["result"], SyncError>;

function lists({ counts, added, removed, modified, targetOnly, faults }: Compared) {
  return { counts, added, removed, modified, targetOnly, faults };
}

const shownNames = 20;

function show(compared: TargetComparison): void {
  printLine(paint("bold", `${compared.target.name} (${compared.target.repository})`));
  if (compared.kind === "failed") return printLine(`  ${describe(compared.error)}`);
  for (const { file, result } of compared.files) {
    if (result instanceof SyncError) {
      printLine(`  ${file.category} → ${file.path}: ${describe(result)}`);
      continue;
    }
    const { added, removed, modified, faults } = result;
    const total = added.length + removed.length + modified.length;
    printLine(`  ${file.category} → ${file.path}: ${total === 0 ? "nothing to change" : `${total} record(s)`}`);
    showNames("green", "+", added);
    showNames("red", "-", removed);
    showNames(
      "yellow",
      "~",
      modified.map(({ name }) => name),
    );
    for (const { record, field, message } of faults)
      printLine(`    ${paint("red", "!")} ${record} ${field}: ${message}`);
  }
}

function showNames(style: "green" | "red" | "yellow", mark: string, names: readonly string[]): void {
  for (const name of names.slice(0, shownNames)) printLine(`    ${paint(style, `${mark} ${name}`)}`);
  if (names.length > shownNames) printLine(`    … and ${names.length - shownNames} more`);
}

function describe({ code, message, hint }: SyncError): string {
  return `${paint("red", message)} [${code}]${hint === undefined ? "" : `\n    → ${hint}`}`;
}
