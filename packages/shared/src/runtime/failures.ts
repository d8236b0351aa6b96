/** Errors and secrets alone, for those who need neither NATS nor anything that listens. */
export * from "./errors.ts";
export * from "./secret.ts";
