import type { Permission, Repository, User } from "../state.ts";
import type { World } from "../world.ts";

/** Who asks. */
export interface Caller {
  /** Undefined: nobody logged in. */
  readonly user: User | undefined;
  readonly token: string | undefined;
  readonly installationId: number | undefined;
  /** The App itself, by its JWT. */
  readonly isApp: boolean;
  permission(repository: Repository): Permission | "none";
}

export interface Call<Body = unknown> {
  readonly world: World;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Checked against GitHub's description before. */
  readonly body: Body;
  /** The request's path and query, for Link headers. */
  readonly url: string;
}

export interface RepositoryCall<Body = unknown> extends Call<Body> {
  readonly repository: Repository;
  readonly user: User;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  /** As GitHub's description names it: `pulls/create`. */
  readonly id: string;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

export interface RepositoryOperation {
  readonly id: string;
  readonly needs: Permission;
  readonly answerIn: (call: RepositoryCall) => Answer | Promise<Answer>;
}

/** An answer that is an error, in GitHub's words. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;

  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: "missing" | "missing_field" | "invalid" | "already_exists" | "custom" | "unprocessable";
  readonly message?: string;
}

/** 422 "Validation Failed", with what GitHub lists under `errors`. */
export function validationFailed(...errors: readonly FieldError[]): ApiError {
  return new ApiError(422, "Validation Failed", errors);
}

export const notFound = () => new ApiError(404, "Not Found");

/** An operation that belongs to no repository. */
export function operation(id: string, answer: Operation["answer"]): Operation {
  return { id, answer };
}

/** An operation on a repository that the caller may see and has `needs` on. */
export function inRepository<Body>(
  id: string,
  needs: Permission,
  answer: (call: RepositoryCall<Body>) => Answer | Promise<Answer>,
): RepositoryOperation {
  return { id, needs, answerIn: (call) => answer(call as RepositoryCall<Body>) };
}

export const ok = (body: unknown, headers?: Answer["headers"]): Answer =>
  headers === undefined ? { status: 200, body } : { status: 200, body, headers };
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent = (): Answer => ({ status: 204 });
