import { covers } from "../authenticate.ts";
import type { Matched } from "../openapi/check.ts";
import { findRepository, rememberContent, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import {
  ApiError,
  notFound,
  type Answer,
  type Call,
  type Caller,
  type Operation,
  type RepositoryOperation,
} from "./operation.ts";
import { operations } from "./operations.ts";

export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly matched: Matched | undefined;
  /** The body as it came. */
  readonly text: unknown;
  /** A read is answered from before the last write. */
  readonly stale: boolean;
}

/** Carries the operation out, checked against GitHub's description before and after. Throws ApiError. */
export async function perform(world: World, incoming: Incoming, caller: Caller): Promise<Answer> {
  const { method, path, query, matched } = incoming;
  const operation = matched === undefined ? undefined : operations.get(matched.id);
  if (matched === undefined || operation === undefined) throw notFound();
  const body = parseBody(incoming.text);
  if (world.checking) {
    const faults = world.check.request(matched, { method, path, query, body, headers: {} });
    if (faults.length > 0) throw new ApiError(422, `Invalid request.\n\n${faults.join("\n")}`);
  }
  const url = query === "" ? path : `${path}?${query}`;
  const call: Call = { world, caller, params: matched.params, query: parseQuery(query), body, url };
  const answer = await run(operation, call, incoming);
  return world.checking ? checked(world, matched, answer) : answer;
}

function checked(world: World, matched: Matched, answer: Answer): Answer {
  const broken = world.check.response(matched, answer.status, answer.body ?? null);
  if (broken.length === 0) return answer;
  const violation = `${matched.id} ${answer.status}: ${broken.join("; ")}`;
  world.violations.push(violation);
  return { status: 500, body: { message: `The answer breaks GitHub's description. ${violation}` } };
}

async function run(operation: Operation | RepositoryOperation, call: Call, incoming: Incoming): Promise<Answer> {
  if ("answer" in operation) return await operation.answer(call);
  const repository = admitted(operation, call);
  const { user } = call.caller;
  if (incoming.method === "GET") {
    const shown = incoming.stale ? { ...repository, ...repository.before } : repository;
    return await operation.answerIn({ ...call, repository: shown, user: user ?? ghost });
  }
  if (user === undefined) throw new ApiError(401, "Requires authentication");
  if (repository.settings.archived) throw new ApiError(403, "Repository was archived so is read-only.");
  return await inTurn(repository, async () => {
    rememberContent(repository);
    const answer = await operation.answerIn({ ...call, repository, user });
    call.world.changed();
    return answer;
  });
}

const ghost = { id: 10137, login: "ghost", type: "User" } as const;
const turns = new WeakMap<Repository, Promise<unknown>>();

/** One write at a time in a repository: what is checked still holds when it is acted on. */
export async function inTurn<Result>(repository: Repository, write: () => Promise<Result>): Promise<Result> {
  const turn = (turns.get(repository) ?? Promise.resolve()).then(write);
  const over = () => undefined;
  turns.set(repository, turn.then(over, over));
  return await turn;
}

function admitted({ needs }: RepositoryOperation, { world, caller, params }: Call): Repository {
  const repository = findRepository(world.state, `${params["owner"]}/${params["repo"]}`);
  const permission = repository === undefined ? "none" : caller.permission(repository);
  if (repository === undefined || permission === "none") throw notFound();
  if (covers(permission, needs)) return repository;
  if (caller.user === undefined) throw new ApiError(401, "Requires authentication");
  const who = caller.installationId === undefined ? "personal access token" : "integration";
  throw new ApiError(403, `Resource not accessible by ${who}`);
}

function parseQuery(query: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(query));
}

function parseBody(text: unknown): unknown {
  if (typeof text !== "string" || text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
}
