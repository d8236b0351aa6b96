export * from "./content-store.ts";
export * from "./errors.ts";
export * from "./log.ts";
export * from "./pauses.ts";
export * from "./secret.ts";
export * from "./work/handler.ts";
