export { startForge, type Forge, type ForgeOptions, type NewCommit, type NewRepository } from "./forge/forge.ts";
export type { Fault, Effect } from "./forge/faults.ts";
export type { CallCounts, LoggedCall } from "./forge/request-log.ts";
export type { Pull } from "./forge/state.ts";
