import { changePullOperations } from "./change-pull.ts";
import { mergePullOperations } from "./merge-pull.ts";
import type { Operation, RepositoryOperation } from "./operation.ts";
import { pullOperations } from "./pulls.ts";
import { repositoryOperations } from "./repositories.ts";

const all: readonly (Operation | RepositoryOperation)[] = [
  ...repositoryOperations,
  ...pullOperations,
  ...changePullOperations,
  ...mergePullOperations,
];

/** Every operation the forge has, by the id in GitHub's description. */
export const operations: ReadonlyMap<string, Operation | RepositoryOperation> = new Map(
  all.map((one) => [one.id, one]),
);
