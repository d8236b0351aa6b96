import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { globPattern } from "../fault-set.ts";
import type { RefusePush } from "./effects.ts";
import type { Protection, Repository } from "./state.ts";

/**
 * Run by receive-pack for each ref with its name, old and new object. The rules come as lines of kind, ref pattern and
 * words. It is a real hook so that the rest of the push goes on, or not (`--atomic`), as git decides.
 */
const hook = String.raw`#!/bin/sh
tab=$(printf '\t')
zero=0000000000000000000000000000000000000000
while IFS="$tab" read -r kind pattern words; do
  case "$1" in $pattern) ;; *) continue ;; esac
  case "$kind" in
    any) ;;
    force) [ "$2" != $zero ] && [ "$3" != $zero ] && ! git merge-base --is-ancestor "$2" "$3" || continue ;;
    delete) [ "$3" = $zero ] || continue ;;
  esac
  printf '%b\n' "$words" | sed "s|REF|$1|" >&2
  exit 1
done <<END
$SANDBOX_REFUSALS
END
exit 0
`;

/** Writes the hook that refuses pushes, for all repositories. Gives its folder. */
export async function writeRefusingHook(folder: string): Promise<string> {
  const hooks = join(folder, "hooks");
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, "update"), hook);
  await chmod(join(hooks, "update"), 0o755);
  return hooks;
}

export interface Refusal {
  readonly kind: "any" | "force" | "delete";
  /** `*` for anything. */
  readonly ref: string;
  readonly words: string;
  /** What git prints behind the refused ref. */
  readonly reason: string;
}

/** What may not be pushed: by the repository's protected branches, and by the faults of this push. */
export function refusalsFor(repository: Repository, faults: readonly RefusePush[]): readonly Refusal[] {
  const rules = [...repository.protection].flatMap(([branch, rule]) =>
    protectionRefusals(`refs/heads/${branch}`, rule),
  );
  return [...rules, ...faults.map(faultRefusal)];
}

/** The environment and configuration that make receive-pack refuse; empty where nothing is refused. */
export function refusalEnvironment(hooks: string, refusals: readonly Refusal[]): Record<string, string> {
  if (refusals.length === 0) return {};
  return {
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_1: "core.hooksPath",
    GIT_CONFIG_VALUE_1: hooks,
    SANDBOX_REFUSALS: refusals.map(({ kind, ref, words }) => `${kind}\t${ref}\t${words}`).join("\n"),
  };
}

/** What GitHub prints behind a ref that one of the rules may have refused. */
export function reasonFor(refusals: readonly Refusal[], ref: string): string | undefined {
  return refusals.find((refusal) => globPattern(refusal.ref).test(ref))?.reason;
}

const protectedWords = String.raw`error: GH006: Protected branch update failed for REF.`;
const protectedReason = "protected branch hook declined";

function protectionRefusals(ref: string, rule: Protection): readonly Refusal[] {
  const refuse = (kind: Refusal["kind"], why: string): Refusal => {
    return { kind, ref, words: `${protectedWords}\\nerror: ${why}`, reason: protectedReason };
  };
  return [
    ...(rule.allowDeletions === true ? [] : [refuse("delete", "Cannot delete a protected branch")]),
    ...(rule.allowForcePushes === true ? [] : [refuse("force", "Cannot force-push to a protected branch")]),
    ...(rule.requirePullRequest === true ? [refuse("any", "Changes must be made through a pull request.")] : []),
  ];
}

function faultRefusal({ ref, by, message }: RefusePush): Refusal {
  const words = message?.replaceAll("\n", String.raw`\n`);
  switch (by) {
    case "protection":
      return { kind: "any", ref, words: words ?? protectedWords, reason: protectedReason };
    case "hook":
      return { kind: "any", ref, words: words ?? "error: refused by a hook", reason: "pre-receive hook declined" };
    case "rules":
      return {
        kind: "any",
        ref,
        words: words ?? "error: GH013: Repository rule violations found for REF.",
        reason: "push declined due to repository rule violations",
      };
  }
}
