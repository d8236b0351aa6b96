import { inRepository, ok } from "./operation.ts";
import { representFullRepository } from "./represent-repository.ts";

export const repositoryOperations = [
  inRepository("repos/get", "read", ({ world, repository, caller }) =>
    ok(representFullRepository(world, repository, caller.permission(repository))),
  ),
];
