import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { deploymentDiff, type DeploymentDiff } from "@lockstep/shared/contracts";

const run = promisify(execFile);

/** A real git repository that releases are committed to. Content as in `sample-release.ts`. */
export async function createReleaseSource() {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-source-"));
  const git = async (...args: string[]): Promise<string> => {
    const env = {
      PATH: process.env["PATH"],
      HOME: folder,
      GIT_AUTHOR_NAME: "Pat",
      GIT_AUTHOR_EMAIL: "pat@example.test",
      GIT_COMMITTER_NAME: "Pat",
      GIT_COMMITTER_EMAIL: "pat@example.test",
    };
    return (await run("git", args, { cwd: folder, env })).stdout.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "uploadpack.allowFilter", "true");
  await git("config", "uploadpack.allowAnySHA1InWant", "true");
  return {
    folder,
    url: `file://${folder}`,
    git,
    async commit(files: Readonly<Record<string, string>>): Promise<string> {
      for (const [path, content] of Object.entries(files)) {
        const place = join(folder, path);
        await mkdir(dirname(place), { recursive: true });
        if (content.startsWith("-> ")) await symlink(content.slice(3), place);
        else await writeFile(place, content);
        if (content.startsWith("#!")) await chmod(place, 0o755);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--message", "Release");
      return git("rev-parse", "HEAD");
    },
    /** What stands at these paths of a commit. */
    async objects(commit: string, paths: readonly string[]) {
      const lines = (await git("ls-tree", commit, "--", ...paths)).split("\n");
      const entries = lines.map((line) => {
        const [mode = "", , id = "", path = ""] = line.split(/[ \t]/);
        return [path, { mode, id }] as const;
      });
      return Object.fromEntries(entries);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

interface DiffOptions {
  readonly commit: string;
  /** Name → the version it goes to; its path is its name. */
  readonly updates: Readonly<Record<string, string | number>>;
  readonly paths?: Readonly<Record<string, string>>;
  /** Path → what stands there. */
  readonly objects?: Readonly<Record<string, { readonly mode: string; readonly id: string }>>;
  readonly action?: "apply" | "offer";
  readonly seq?: number;
}

/** A diff as the comparator would announce it. */
export function diffFor({
  commit,
  updates,
  paths = {},
  objects = {},
  action = "apply",
  seq = 7,
}: DiffOptions): DeploymentDiff {
  return deploymentDiff.schema.parse({
    kind: "deployment",
    route: "studio",
    target: "pod-1",
    diffId: commit.padEnd(64, "0"),
    throughSeq: seq,
    ordinal: seq,
    revision: commit,
    trigger: { kind: "poll", id: "p" },
    detectedAt: "2026-01-01T00:00:00Z",
    source: { url: "https://git.example/studio.git", branch: "main", manifest: "version.json", commit },
    components: Object.entries(updates).map(([name, to]) => ({
      name,
      state: "update",
      from: null,
      fromObject: null,
      to,
      path: paths[name] ?? name,
      object: objects[paths[name] ?? name] ?? null,
      skipped: false,
    })),
    faults: [],
    action,
    againstRelease: null,
  });
}
