export { startForge, type Forge, type ForgeOptions } from "./forge/forge.ts";
export type { CreatedRepository, NewRepository } from "./forge/create-repository.ts";
export type { NewCommit, RepositoryMethods } from "./forge/repository-methods.ts";
export type { FaultSet, PlaceableFault, PlacedFault } from "./fault-set.ts";
export type { Effect, Fault, Faults } from "./forge/effects.ts";
export type { ApiCall, CallCounts, GitCall, LoggedCall, RequestLog } from "./forge/request-log.ts";
export type { Comment, Permission, Protection, Pull, Token } from "./forge/state.ts";
export type { Delivery } from "./forge/webhooks.ts";
export type { AppRegistration } from "./forge/world.ts";
export {
  startSource,
  type CatalogOptions,
  type EditableSource,
  type HistorySourceOptions,
  type PlayedSource,
  type Source,
} from "./source/start-source.ts";
export type { SourceEffect, SourceFault } from "./source/effects.ts";
export type { HistoryOptions, Revision } from "./source/history-catalogs.ts";
