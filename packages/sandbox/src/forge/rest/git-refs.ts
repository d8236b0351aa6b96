import { followRefs } from "../follow-refs.ts";
import { updateRefs } from "../git/bare-repository.ts";
import { isAncestor } from "../git/compare-branches.ts";
import { runGit } from "../git/run-git.ts";
import type { Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import {
  ApiError,
  created,
  inRepository,
  noContent,
  notFound,
  ok,
  type Answer,
  type RepositoryCall,
} from "./operation.ts";
import { page } from "./page.ts";
import { apiUrl } from "./represent-repository.ts";

interface CreateRef {
  readonly ref: string;
  readonly sha: string;
}

interface UpdateRef {
  readonly sha: string;
  readonly force?: boolean;
}

export const gitRefOperations = [
  inRepository("git/get-ref", "read", async ({ world, repository, params }) => {
    const ref = `refs/${params["ref"]}`;
    const sha = repository.refs.get(ref);
    if (sha === undefined) throw notFound();
    return ok(await representRef(world, repository, { ref, sha }));
  }),
  inRepository("git/list-matching-refs", "read", async ({ repository, ...call }) => {
    const found = [...repository.refs].filter(([ref]) => ref.startsWith(`refs/${call.params["ref"]}`));
    const shown = await Promise.all(found.map(([ref, sha]) => representRef(call.world, repository, { ref, sha })));
    return page(call, shown, (ref) => ref);
  }),
  inRepository<CreateRef>("git/create-ref", "write", createRef),
  inRepository<UpdateRef>("git/update-ref", "write", updateRef),
  inRepository("git/delete-ref", "write", async ({ world, repository, params, user }) => {
    const ref = `refs/${params["ref"]}`;
    if (!repository.refs.has(ref)) throw new ApiError(422, "Reference does not exist");
    if (protectionOf(repository, ref)?.allowDeletions === false) throw protectedRef(ref);
    await updateRefs(gitFolder(world, repository), [{ ref, to: undefined }]);
    await followRefs(world, repository, user.login);
    return noContent();
  }),
];

async function createRef({ world, repository, body, user }: RepositoryCall<CreateRef>): Promise<Answer> {
  const { ref, sha } = body;
  if (!/^refs\/[^/]+\/./.test(ref))
    throw new ApiError(422, "Reference name must contain at least three slash-separated components.");
  if (repository.refs.has(ref)) throw new ApiError(422, "Reference already exists");
  await checkObject(world, repository, sha);
  await updateRefs(gitFolder(world, repository), [{ ref, to: sha }]);
  await followRefs(world, repository, user.login);
  return created(await representRef(world, repository, { ref, sha }));
}

async function updateRef({ world, repository, params, body, user }: RepositoryCall<UpdateRef>): Promise<Answer> {
  const ref = `refs/${params["ref"]}`;
  const before = repository.refs.get(ref);
  if (before === undefined) throw new ApiError(422, "Reference does not exist");
  await checkObject(world, repository, body.sha);
  const folder = gitFolder(world, repository);
  const forward = await isAncestor(folder, before, body.sha);
  if (!forward && body.force !== true) throw new ApiError(422, "Update is not a fast forward");
  const rule = protectionOf(repository, ref);
  if (rule?.requirePullRequest === true || (rule?.allowForcePushes === false && !forward)) throw protectedRef(ref);
  await updateRefs(folder, [{ ref, to: body.sha }]);
  await followRefs(world, repository, user.login);
  return ok(await representRef(world, repository, { ref, sha: body.sha }));
}

function protectionOf({ protection }: Repository, ref: string) {
  return protection.get(ref.replace("refs/heads/", ""));
}

const protectedRef = (ref: string) => new ApiError(422, `Protected branch update failed for ${ref}.`);

async function checkObject(world: World, repository: Repository, sha: string): Promise<void> {
  const folder = gitFolder(world, repository);
  const { code } = await runGit(folder, ["cat-file", "-e", sha], { answers: [1, 128] });
  if (code !== 0) throw new ApiError(422, "Object does not exist");
}

interface NamedObject {
  readonly ref: string;
  readonly sha: string;
}

async function representRef(world: World, repository: Repository, { ref, sha }: NamedObject): Promise<object> {
  const api = apiUrl(world, repository);
  const isTag = ref.startsWith("refs/tags/");
  const type = isTag ? (await runGit(gitFolder(world, repository), ["cat-file", "-t", sha])).text : "commit";
  const object = { type, sha, url: `${api}/git/${type}s/${sha}` };
  return { ref, node_id: `REF_${ref}`, url: `${api}/git/${ref}`, object };
}
