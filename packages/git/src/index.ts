export * from "./credentials.ts";
export * from "./delta-trailer.ts";
export * from "./git-error.ts";
export * from "./git.ts";
export * from "./github-credentials.ts";
export * from "./remote-refs.ts";
export * from "./repository-cache.ts";
export type * from "./git-task.ts";
export type * from "./repository.ts";
