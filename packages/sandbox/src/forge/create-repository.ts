import { createBareRepository, readRefs } from "./git/bare-repository.ts";
import { commitFiles, type Author, type Files } from "./git/commit-files.ts";
import { runGit } from "./git/run-git.ts";
import {
  findRepository,
  fullName,
  instant,
  userOf,
  type Content,
  type Repository,
  type RepositorySettings,
} from "./state.ts";
import { gitFolder, type World } from "./world.ts";

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** Committed to the default branch; absent: the repository is empty. */
  readonly files?: Files;
  /** The default branch; default `main`. */
  readonly branch?: string;
  readonly private?: boolean;
  readonly author?: Author;
  readonly date?: Date;
  /** `owner/name` of a repository whose branches it begins with. */
  readonly forkOf?: string;
}

export interface CreatedRepository {
  /** `owner/name`: how the forge's methods name it. */
  readonly fullName: string;
  readonly cloneUrl: string;
  readonly htmlUrl: string;
}

/** Creates a repository, with a first commit where files are given. Throws where the name is taken. */
export async function createRepository(world: World, given: NewRepository): Promise<CreatedRepository> {
  const name = fullName(given);
  if (findRepository(world.state, name) !== undefined) throw new Error(`there is a repository ${name} already`);
  const parent = given.forkOf === undefined ? undefined : findRepository(world.state, given.forkOf);
  const branch = given.branch ?? parent?.settings.defaultBranch ?? "main";
  const folder = gitFolder(world, given);
  await createBareRepository(folder, branch);
  if (parent !== undefined)
    await runGit(folder, ["fetch", "--quiet", gitFolder(world, parent), "+refs/heads/*:refs/heads/*"]);
  if (given.files !== undefined) {
    const { files, author, date } = given;
    await commitFiles(folder, { branch, files, message: "Begin", ...(author && { author }), ...(date && { date }) });
  }
  const content: Content = { refs: await readRefs(folder), pulls: new Map(), comments: [] };
  userOf(world.state, given.owner);
  const settings = { ...usualSettings, private: given.private ?? false, defaultBranch: branch };
  const repository = emptyRepository(world, given, { content, settings, forkOf: parent && fullName(parent) });
  world.state.repositories.set(name.toLowerCase(), repository);
  world.changed();
  return { fullName: name, cloneUrl: `${world.url}/${name}.git`, htmlUrl: `${world.url}/${name}` };
}

const usualSettings: RepositorySettings = {
  private: false,
  archived: false,
  description: null,
  defaultBranch: "main",
  allowMergeCommit: true,
  allowSquashMerge: true,
  allowRebaseMerge: true,
  deleteBranchOnMerge: false,
};

interface Beginning {
  readonly content: Content;
  readonly settings: RepositorySettings;
  readonly forkOf: string | undefined;
}

function emptyRepository(world: World, { owner, name }: NewRepository, beginning: Beginning): Repository {
  const { content, settings, forkOf } = beginning;
  const now = instant();
  return {
    ...content,
    before: content,
    id: world.state.nextId++,
    owner,
    name,
    forkOf,
    settings,
    createdAt: now,
    pushedAt: now,
    updatedAt: now,
    labels: [],
    milestones: [],
    collaborators: new Map(),
    protection: new Map(),
    webhooks: [],
    nextNumber: 1,
  };
}
