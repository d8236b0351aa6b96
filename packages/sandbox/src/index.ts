export { startForge, type Forge, type ForgeOptions } from "./forge/forge.ts";
export type { CreatedRepository, NewRepository } from "./forge/create-repository.ts";
export type { NewCommit, RepositoryMethods } from "./forge/repository-methods.ts";
export type { Effect, Fault, Faults, PlacedFault } from "./forge/faults.ts";
export type { ApiCall, CallCounts, GitCall, LoggedCall, RequestLog } from "./forge/request-log.ts";
export type { Comment, Permission, Protection, Pull, Token } from "./forge/state.ts";
export type { Delivery } from "./forge/webhooks.ts";
export type { AppRegistration } from "./forge/world.ts";
