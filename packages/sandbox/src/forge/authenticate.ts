import { verify } from "node:crypto";
import { ApiError, type Caller } from "./rest/operation.ts";
import { fullName, userOf, type Permission, type Repository, type Token } from "./state.ts";
import type { AppRegistration, World } from "./world.ts";

const order = ["none", "read", "write", "admin"] as const;

/** Who sent the Authorization header. Throws ApiError 401 "Bad credentials" for a token that is unknown or expired. */
export function authenticate(world: World, header: string | undefined): Caller {
  if (header === undefined) return nobody;
  const token = tokenOf(header);
  if (token === undefined) throw new ApiError(401, "Bad credentials");
  if (token.split(".").length === 3) return appCaller(world, token);
  const known = world.state.tokens.get(token);
  if (known === undefined || isExpired(known)) throw new ApiError(401, "Bad credentials");
  return {
    user: userOf(world.state, known.login),
    token,
    installationId: known.installationId,
    isApp: false,
    permission: (repository) => permissionOf(known, repository),
  };
}

/** What a user may in a repository: owners everything, collaborators what they were given, anybody reads a public one. */
export function userPermission(login: string, repository: Repository): Permission | "none" {
  if (login.toLowerCase() === repository.owner.toLowerCase()) return "admin";
  return repository.collaborators.get(login.toLowerCase()) ?? (repository.settings.private ? "none" : "read");
}

/** Whether `permission` is at least `needed`. */
export function covers(permission: Permission | "none", needed: Permission): boolean {
  return order.indexOf(permission) >= order.indexOf(needed);
}

const nobody: Caller = {
  user: undefined,
  token: undefined,
  installationId: undefined,
  isApp: false,
  permission: (repository) => (repository.settings.private ? "none" : "read"),
};

function permissionOf(token: Token, repository: Repository): Permission | "none" {
  const elsewhere = repository.settings.private ? "none" : "read";
  const name = fullName(repository).toLowerCase();
  if (token.repositories?.every((one) => one.toLowerCase() !== name) === true) return elsewhere;
  return token.permission ?? userPermission(token.login, repository);
}

function isExpired(token: Token): boolean {
  return token.expiresAt !== undefined && Date.parse(token.expiresAt) <= Date.now();
}

/** The token of `token X`, `Bearer X` or `Basic` with the token as password. */
function tokenOf(header: string): string | undefined {
  const [scheme = "", value = ""] = header.split(" ");
  if (/^(token|bearer)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const [user = "", ...password] = Buffer.from(value, "base64").toString("utf8").split(":");
  return password.join(":") === "" ? user : password.join(":");
}

function appCaller(world: World, jwt: string): Caller {
  const { app, state } = world;
  if (app === undefined) throw new ApiError(401, "A JSON web token could not be decoded");
  verifyJwt(app, jwt);
  return {
    user: userOf(state, `${app.slug ?? "lockstep-app"}[bot]`),
    token: jwt,
    installationId: undefined,
    isApp: true,
    permission: (repository) => (repository.settings.private ? "none" : "read"),
  };
}

/** Checks signature, issuer and the ten minutes GitHub allows, and answers a fault in GitHub's words. */
function verifyJwt(app: AppRegistration, jwt: string): void {
  const [head = "", payload = "", signature = ""] = jwt.split(".");
  const signed = Buffer.from(`${head}.${payload}`);
  if (!verify("RSA-SHA256", signed, app.publicKey, Buffer.from(signature, "base64url")))
    throw new ApiError(401, "A JSON web token could not be decoded");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
  const now = Date.now() / 1000;
  if (String(claims["iss"]) !== String(app.id)) throw new ApiError(404, "Integration not found");
  const { iat, exp } = claims;
  if (typeof exp !== "number" || exp < now)
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + 660) throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== "number" || iat > now + 60)
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
}
