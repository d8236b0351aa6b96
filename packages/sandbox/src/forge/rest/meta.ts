import { randomBytes } from "node:crypto";
import { findRepository, fullName, instant, userOf, type Permission, type Repository } from "../state.ts";
import type { AppRegistration, World } from "../world.ts";
import { ApiError, created, inRepository, notFound, ok, operation, type Answer, type Call } from "./operation.ts";
import { representPermissions, representUser } from "./represent-repository.ts";

export const metaOperations = [
  operation("rate-limit/get", ({ world, caller }) => {
    const { limit, remaining, reset, used } = world.limits.of(caller.token ?? "anonymous");
    const rate = { limit, remaining, reset, used };
    return ok({ resources: { core: rate, search: { ...rate, limit: 30, remaining: 30, used: 0 } }, rate });
  }),
  operation("users/get-authenticated", ({ world, caller }) => {
    if (caller.user === undefined || caller.isApp) throw new ApiError(401, "Requires authentication");
    if (caller.installationId !== undefined) throw new ApiError(403, "Resource not accessible by integration");
    return ok({ ...representUser(world, caller.user), ...profile });
  }),
  operation("apps/create-installation-access-token", createInstallationToken),
  operation("apps/get-repo-installation", ({ world, caller, params }) => {
    const app = appOf(world, caller.isApp);
    const repository = findRepository(world.state, `${params["owner"]}/${params["repo"]}`);
    if (repository === undefined || !isInstalledOn(app, repository)) throw notFound();
    return ok(representInstallation(world, app, repository));
  }),
  inRepository("repos/get-collaborator-permission-level", "read", ({ world, repository, params }) => {
    const login = params["username"] ?? "";
    const known = world.state.users.get(login.toLowerCase());
    if (known === undefined) throw new ApiError(404, `${login} is not a user`);
    const permission = permissionIn(world, repository, login);
    const user = {
      ...representUser(world, known),
      role_name: permission,
      permissions: representPermissions(permission),
    };
    return ok({ permission, role_name: permission, user });
  }),
];

const profile = {
  name: null,
  company: null,
  blog: null,
  location: null,
  email: null,
  hireable: null,
  bio: null,
  public_repos: 0,
  public_gists: 0,
  followers: 0,
  following: 0,
  created_at: "2020-01-01T00:00:00Z",
  updated_at: "2020-01-01T00:00:00Z",
};

interface TokenRequest {
  readonly repositories?: readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
}

const hourMs = 3_600_000;

function createInstallationToken({ world, caller, params, body }: Call): Answer {
  const app = appOf(world, caller.isApp);
  if (Number(params["installation_id"]) !== app.installationId) throw notFound();
  const asked = (body ?? {}) as TokenRequest;
  const expiresAt = new Date(Date.now() + (app.tokenLifeMs ?? hourMs));
  const repositories = reach(world, app, asked.repositories);
  const readOnly = asked.permissions !== undefined && asked.permissions["contents"] !== "write";
  const token = `ghs_${randomBytes(18).toString("hex")}`;
  world.state.tokens.set(token, {
    token,
    login: `${app.slug ?? "lockstep-app"}[bot]`,
    permission: readOnly ? "read" : "write",
    installationId: app.installationId,
    // GitHub writes whole seconds, but a test's token may live for less than one.
    expiresAt: expiresAt.toISOString(),
    ...(repositories === undefined ? {} : { repositories }),
  });
  world.changed();
  const permissions = asked.permissions ?? { contents: "write", pull_requests: "write", metadata: "read" };
  const repository_selection = repositories === undefined ? "all" : "selected";
  return created({ token, expires_at: instant(expiresAt), permissions, repository_selection });
}

/** The repositories a token is for, by full name; undefined: all. Throws 422 for one the App is not installed on. */
function reach(world: World, app: AppRegistration, asked: TokenRequest["repositories"]): readonly string[] | undefined {
  if (asked === undefined) return app.repositories;
  const all = [...world.state.repositories.values()].filter((repository) => isInstalledOn(app, repository));
  return asked.map((name) => {
    const repository = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (repository === undefined)
      throw new ApiError(
        422,
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    return fullName(repository);
  });
}

function appOf(world: World, isApp: boolean): AppRegistration {
  if (!isApp || world.app === undefined) throw new ApiError(401, "A JSON web token could not be decoded");
  return world.app;
}

function isInstalledOn(app: AppRegistration, repository: Repository): boolean {
  const name = fullName(repository).toLowerCase();
  return app.repositories === undefined || app.repositories.some((one) => one.toLowerCase() === name);
}

function representInstallation(world: World, app: AppRegistration, { owner }: Repository): object {
  const url = `${world.url}/api/v3/app/installations/${app.installationId}`;
  const account = userOf(world.state, owner);
  return {
    id: app.installationId,
    account: representUser(world, account),
    repository_selection: app.repositories === undefined ? "all" : "selected",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.url}/api/v3/installation/repositories`,
    html_url: `${world.url}/settings/installations/${app.installationId}`,
    app_id: app.id,
    app_slug: app.slug ?? "lockstep-app",
    target_id: account.id,
    target_type: account.type,
    permissions: { contents: "write", pull_requests: "write", metadata: "read" },
    events: ["push", "pull_request"],
    created_at: "2020-01-01T00:00:00Z",
    updated_at: "2020-01-01T00:00:00Z",
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

/** What a user may in the repository by ownership, invitation, or a token of theirs that says so. */
function permissionIn(world: World, repository: Repository, login: string): Permission | "none" {
  const lower = login.toLowerCase();
  if (lower === repository.owner.toLowerCase()) return "admin";
  const given = [...world.state.tokens.values()].find((token) => token.login.toLowerCase() === lower)?.permission;
  return repository.collaborators.get(lower) ?? given ?? (repository.settings.private ? "none" : "read");
}
