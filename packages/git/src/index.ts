export type * from "./credentials.ts";
export type * from "./git-task.ts";
export type * from "./repository.ts";
