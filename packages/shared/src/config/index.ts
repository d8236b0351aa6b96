export { type CatalogFile, type CatalogRoute, type CatalogTarget, type Config, type Route } from "./config.ts";
export { type PullRequestOptions } from "./catalog-route.ts";
export { type GitHubOptions } from "./github.ts";
export { type TriggerOptions } from "./triggers.ts";
export { ConfigError, loadConfig, parseConfig } from "./load-config.ts";
export { type CountOrPercent } from "./scalars.ts";
export { configJsonSchema } from "./json-schema.ts";
export { type ConsoleOptions, type NatsOptions } from "./schema.ts";
export { fixedConfig, openConfig, type ConfigStore } from "./config-store.ts";
