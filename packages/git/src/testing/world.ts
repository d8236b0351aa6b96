import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import { Secret } from "@lockstep/shared/errors";
import { tokenCredentials } from "../credentials.ts";
import { createGit } from "../git.ts";
import type { Git } from "../git-task.ts";
import { repositoryCache, type RemoteRepository, type RepositoryCache } from "../repository-cache.ts";
import type { CommitPlan } from "../repository.ts";
import { serverToken, startGitServer, type GitServer } from "./git-server.ts";
import { runGit } from "./run-git.ts";

/** A git server with one repository, a person who works in a clone of it, and a cache on the other side. */
export interface World extends AsyncDisposable {
  readonly server: GitServer;
  readonly remote: RemoteRepository;
  /** The bare repository on the server. */
  readonly bare: string;
  readonly cacheFolder: string;
  readonly git: Git;
  readonly cache: RepositoryCache;
  readonly person: PersonAtWork;
}

interface PersonAtWork {
  readonly folder: string;
  git(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Writes the files, commits and pushes to the branch the person stands on. Returns the commit's id. */
  commit(files: Readonly<Record<string, string>>, message?: string): Promise<string>;
}

export async function createWorld(files: Readonly<Record<string, string>> = { "db.json": "{}\n" }): Promise<World> {
  const server = await startGitServer();
  const root = await mkdtemp(join(tmpdir(), "lockstep-git-"));
  const { url, folder: bare } = await server.createRepository("acme/models");
  const person = await personAtWork(join(root, "person"), bare);
  if (Object.keys(files).length > 0) await person.commit(files, "Begin");
  const git = createGit();
  const cacheFolder = join(root, "cache");
  const credentials = tokenCredentials(server.origin, new Secret(serverToken));
  return {
    server,
    remote: { url, identity: repositoryIdentity(url), credentials },
    bare,
    cacheFolder,
    git,
    cache: repositoryCache({ folder: cacheFolder, git }),
    person,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function personAtWork(folder: string, bare: string): Promise<PersonAtWork> {
  await mkdir(folder);
  await runGit(folder, ["init", "--quiet", "--initial-branch=main"]);
  await runGit(folder, ["remote", "add", "origin", bare]);
  const git: PersonAtWork["git"] = (args, env) => runGit(folder, args, env);
  return {
    folder,
    git,
    async commit(files, message = "Change") {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
      await git(["add", "--all"]);
      await git(["commit", "--quiet", "--message", message]);
      await git(["push", "--quiet", "origin", "HEAD"]);
      return git(["rev-parse", "HEAD"]);
    },
  };
}

export const bot = { name: "lockstep[bot]", email: "bot@lockstep.test", date: new Date("2025-06-01T12:00:00Z") };

/** A plan of one file by the bot. */
export function plan(base: string, path: string, content: string): CommitPlan {
  return { base, files: [{ path, content: Buffer.from(content) }], message: "Sync models", author: bot };
}

/** A signal for what must not hang. */
export const soon = (): AbortSignal => AbortSignal.timeout(20_000);
