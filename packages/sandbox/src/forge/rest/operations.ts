import { branchOperations } from "./branches.ts";
import { changePullOperations } from "./change-pull.ts";
import { commitOperations } from "./commits.ts";
import { gitRefOperations } from "./git-refs.ts";
import { hookOperations } from "./hooks.ts";
import { issueOperations } from "./issues.ts";
import { labelOperations } from "./labels.ts";
import { mergePullOperations } from "./merge-pull.ts";
import { metaOperations } from "./meta.ts";
import type { Operation, RepositoryOperation } from "./operation.ts";
import { pullOperations } from "./pulls.ts";
import { repositoryOperations } from "./repositories.ts";
import { reviewerOperations } from "./reviewers.ts";
import { updateBranchOperations } from "./update-branch.ts";

const all: readonly (Operation | RepositoryOperation)[] = [
  ...metaOperations,
  ...repositoryOperations,
  ...branchOperations,
  ...gitRefOperations,
  ...commitOperations,
  ...pullOperations,
  ...changePullOperations,
  ...mergePullOperations,
  ...updateBranchOperations,
  ...reviewerOperations,
  ...issueOperations,
  ...labelOperations,
  ...hookOperations,
];

/** Every operation the forge has, by the id in GitHub's description. */
export const operations: ReadonlyMap<string, Operation | RepositoryOperation> = new Map(
  all.map((one) => [one.id, one]),
);
