import { createGit, gitHubCredentials } from "@lockstep/git";
import {
  createRefFilter,
  listRefs,
  openRemote,
  planRefUpdates,
  selectRefs,
  type RefChange,
} from "@lockstep/git/mirror";
import type { Config, MirrorRoute, MirrorTarget } from "@lockstep/shared/config";
import { paint, printJson, printLine } from "../print.ts";
import { exitCodes } from "../report-failure.ts";
import { untilStopped } from "../until-stopped.ts";

interface MirrorDiffOptions {
  readonly exitCode?: true;
  readonly json?: true;
}

interface TargetDifference {
  readonly target: string;
  readonly repository: string;
  readonly created: readonly RefChange[];
  readonly moved: readonly RefChange[];
  readonly deleted: readonly RefChange[];
}

/** Shows which refs of each destination differ from the source now; returns the exit code. */
export async function diffMirror(route: MirrorRoute, config: Config, options: MirrorDiffOptions): Promise<number> {
  const differences = await compare(route, config);
  if (options.json) printJson(differences);
  else for (const difference of differences) show(difference);
  const same = differences.every(({ created, moved, deleted }) => created.length + moved.length + deleted.length === 0);
  return options.exitCode && same ? exitCodes.nothing : exitCodes.done;
}

async function compare(route: MirrorRoute, config: Config): Promise<readonly TargetDifference[]> {
  const signal = untilStopped();
  const access = { git: createGit(), github: gitHubCredentials(config.github) };
  const filter = createRefFilter(route.refs);
  const read = async (remote: MirrorRoute["source"]) => {
    const { refs } = await listRefs(openRemote(remote, access), { prefixes: filter.prefixes }, signal);
    return selectRefs(refs, filter);
  };
  const wanted = await read(route.source);
  return Promise.all(
    route.targets.map(async (target: MirrorTarget) => {
      const policy = { prune: route.refs.prune, diverged: target.diverged };
      const present = await read(target);
      const plan = planRefUpdates({ wanted, present, acknowledged: undefined, refused: new Map(), ...policy });
      const { created, moved, deleted } = plan;
      return { target: target.name, repository: target.identity, created, moved, deleted };
    }),
  );
}

const shownRefs = 50;

function show({ target, repository, created, moved, deleted }: TargetDifference): void {
  const changes = [...created, ...moved, ...deleted];
  printLine(paint("bold", `${target} (${repository})`));
  printLine(changes.length === 0 ? "  nothing to change" : `  ${changes.length} ref(s)`);
  for (const { ref, from, to } of changes.slice(0, shownRefs)) {
    const [style, mark] =
      from === undefined
        ? (["green", "+"] as const)
        : to === undefined
          ? (["red", "-"] as const)
          : (["yellow", "~"] as const);
    printLine(`    ${paint(style, mark)} ${ref} ${from?.slice(0, 10) ?? "–"} → ${to?.slice(0, 10) ?? "–"}`);
  }
  if (changes.length > shownRefs) printLine(`    … and ${changes.length - shownRefs} more`);
}
