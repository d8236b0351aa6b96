import type { FastifyRequest } from "fastify";
import { authenticate, covers } from "./authenticate.ts";
import { ApiError, type Caller } from "./rest/operation.ts";
import { findRepository, fullName, type Repository } from "./state.ts";
import type { World } from "./world.ts";

export interface GitParams {
  readonly owner: string;
  readonly name: string;
}

export interface GitRequest {
  readonly repository: Repository;
  readonly login: string;
  readonly service: "upload-pack" | "receive-pack";
  /** The path behind the repository. */
  readonly rest: string;
}

export interface GitRefusal {
  readonly refused: number;
  readonly words: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lets a git request in or refuses it: a private repository looks like none, and nobody pushes without a name. */
export function admitGit(world: World, request: FastifyRequest<{ Params: GitParams }>): GitRequest | GitRefusal {
  const { owner, name } = request.params;
  const [path = ""] = request.url.split("?", 1);
  const rest = path.split("/").slice(3).join("/");
  const service = request.url.includes("git-receive-pack") ? "receive-pack" : "upload-pack";
  const caller = whoIs(world, request.headers.authorization);
  if (caller === undefined)
    return refuse(401, "Invalid username or token. Password authentication is not supported for Git operations.");
  const repository = findRepository(world.state, `${owner}/${name.replace(/\.git$/, "")}`);
  const permission = repository === undefined ? "none" : caller.permission(repository);
  if (caller.user === undefined && (permission === "none" || service === "receive-pack"))
    return refuse(401, "No anonymous write access.");
  if (repository === undefined || permission === "none") return refuse(404, "Repository not found.");
  const login = caller.user?.login ?? "ghost";
  if (service === "receive-pack" && !covers(permission, "write"))
    return refuse(403, `Permission to ${fullName(repository)}.git denied to ${login}.`);
  if (service === "receive-pack" && repository.settings.archived)
    return refuse(403, "This repository was archived so it is read-only.");
  return { repository, login, service, rest };
}

function refuse(refused: number, words: string): GitRefusal {
  return { refused, words, headers: refused === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {} };
}

/** Git's own credentials are a user and a token; anything that is not known is a wrong password. */
function whoIs(world: World, header: string | undefined): Caller | undefined {
  try {
    return authenticate(world, header);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
