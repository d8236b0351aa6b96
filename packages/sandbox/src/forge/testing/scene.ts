import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { startForge, type Forge, type ForgeOptions } from "../forge.ts";

const run = promisify(execFile);

/** A forge with the repository `acme/models`, and a client of it. */
export interface Scene extends AsyncDisposable {
  readonly forge: Forge;
  readonly octokit: Octokit;
  readonly where: { readonly owner: string; readonly repo: string };
  clientOf(token: string | undefined): Octokit;
  /** A branch with one commit on top of main, and an open pull request for it. */
  openPull(branch: string): Promise<number>;
}

export const name = "acme/models";

/** Fails at its end where an answer broke GitHub's description. */
export async function createScene(options: ForgeOptions = {}): Promise<Scene> {
  const forge = await startForge(options);
  await forge.createRepository({ owner: "acme", name: "models", files: { "db.json": "{}\n" } });
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const clientOf = (token: string | undefined) =>
    new Octokit({ baseUrl: forge.apiUrl, log, ...(token === undefined ? {} : { auth: token }) });
  const octokit = clientOf(forge.token);
  const where = { owner: "acme", repo: "models" };
  return {
    forge,
    octokit,
    where,
    clientOf,
    async openPull(branch) {
      await forge.commit(name, { branch, files: { [`${branch}.txt`]: branch } });
      const { data } = await octokit.pulls.create({ ...where, title: branch, head: branch, base: "main" });
      return data.number;
    },
    async [Symbol.asyncDispose]() {
      await forge.close();
      if (forge.violations.length > 0) throw new Error(forge.violations.join("\n"));
    },
  };
}

/** Octokit prints each answer of 400 and above otherwise. */
const ignore = () => undefined;

/** What the API refused: status and words, and GitHub's list of errors. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly status: number; readonly message: string; readonly errors: readonly unknown[] }> {
  try {
    await call;
  } catch (error) {
    const { status, response } = error as {
      status: number;
      response?: { data: { message: string; errors?: unknown[] } };
    };
    return { status, message: response?.data.message ?? String(error), errors: response?.data.errors ?? [] };
  }
  throw new Error("the call was not refused");
}

export interface Clone extends AsyncDisposable {
  readonly folder: string;
  /** Runs git in the clone; fails with git's words. */
  git(...args: readonly string[]): Promise<string>;
}

/** A clone over HTTP by the system's git, with the token in a header. */
export async function cloneRepository(
  url: string,
  token: string | undefined,
  ...args: readonly string[]
): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-clone-"));
  const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Bot",
    GIT_AUTHOR_EMAIL: "bot@example.com",
    GIT_COMMITTER_NAME: "Bot",
    GIT_COMMITTER_EMAIL: "bot@example.com",
    ...(token === undefined
      ? {}
      : {
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: "http.extraHeader",
          GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
        }),
  };
  const git = async (...words: readonly string[]) => (await run("git", words, { cwd: folder, env })).stdout.trim();
  const remove = () => rm(folder, { recursive: true, force: true });
  await git("clone", "--quiet", ...args, url, ".").catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { folder, git, [Symbol.asyncDispose]: remove };
}
