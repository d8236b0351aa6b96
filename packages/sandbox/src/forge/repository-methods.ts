import type { MergeMethod } from "./git/merge-branches.ts";
import { commitFiles, type Author, type Files } from "./git/commit-files.ts";
import { readCommits, type Commit } from "./git/read-commits.ts";
import { runGit } from "./git/run-git.ts";
import { createRepository, type CreatedRepository, type NewRepository } from "./create-repository.ts";
import { closePull, followRefs } from "./follow-refs.ts";
import { addWebhook } from "./rest/hooks.ts";
import { mergePull } from "./rest/merge-pull.ts";
import { inTurn } from "./rest/perform.ts";
import { updateBranch } from "./rest/update-branch.ts";
import {
  changePull,
  findRepository,
  instant,
  userOf,
  type Comment,
  type Permission,
  type Protection,
  type Pull,
  type Repository,
  type RepositorySettings,
} from "./state.ts";
import { gitFolder, type World } from "./world.ts";

export interface NewCommit {
  /** Default: the default branch. A new one begins at the default branch's tip. */
  readonly branch?: string;
  /** A ref or commit to build on instead of the branch's tip: a force-push. */
  readonly from?: string;
  readonly files: Files;
  readonly message?: string;
  readonly author?: Author;
  readonly committer?: Author;
  readonly date?: Date;
}

/** What tests and the demo do to the forge as its people: nothing here is an API call, all of it is followed. */
export interface RepositoryMethods {
  createRepository(repository: NewRepository): Promise<CreatedRepository>;
  /** Commits without a push, as a person would in the browser. Gives the commit's id. */
  commit(repository: string, commit: NewCommit): Promise<string>;
  deleteBranch(repository: string, branch: string): Promise<void>;
  readFile(repository: string, ref: string, path: string): Promise<Buffer>;
  /** Ref name → object id. */
  refs(repository: string): ReadonlyMap<string, string>;
  /** Commits of a ref or range, newest first. */
  history(repository: string, range: string): Promise<readonly Commit[]>;
  /** Oldest first. */
  pulls(repository: string): readonly Pull[];
  comments(repository: string, number: number): readonly Comment[];
  /** Gives the merge commit. */
  merge(repository: string, number: number, options?: { method?: MergeMethod; by?: string }): Promise<string>;
  /** The "Update branch" button: merges the base into the pull request's branch. */
  updateBranch(repository: string, number: number, by?: string): Promise<void>;
  closePull(repository: string, number: number, by?: string): Promise<void>;
  /** Changes title, body, labels … as a person. */
  editPull(repository: string, number: number, changes: Partial<Pull>): Promise<void>;
  configure(repository: string, settings: Partial<RepositorySettings>): void;
  protect(repository: string, branch: string, protection?: Protection): void;
  addCollaborator(repository: string, login: string, permission?: Permission): void;
  addTeam(owner: string, slug: string): void;
  addMilestone(repository: string, title: string): number;
  addWebhook(repository: string, hook: { url: string; secret?: string; events?: readonly string[] }): number;
  /** The bare repository's folder; call `sync` after writing to it directly. */
  gitFolder(repository: string): string;
  sync(repository: string): Promise<void>;
}

export function repositoryMethods(world: World): RepositoryMethods {
  return { ...gitMethods(world), ...pullMethods(world), ...settingMethods(world) };
}

function find(world: World, name: string): Repository {
  const repository = findRepository(world.state, name);
  if (repository === undefined) throw new Error(`there is no repository ${name}`);
  return repository;
}

function findPull(
  world: World,
  name: string,
  number: number,
): { readonly repository: Repository; readonly pull: Pull } {
  const repository = find(world, name);
  const pull = repository.pulls.get(number);
  if (pull === undefined) throw new Error(`there is no pull request ${number} in ${name}`);
  return { repository, pull };
}

const person = "mona";

function gitMethods(world: World) {
  return {
    createRepository: (repository: NewRepository) => createRepository(world, repository),
    async commit(name: string, commit: NewCommit) {
      const repository = find(world, name);
      const { branch = repository.settings.defaultBranch, from, ...rest } = commit;
      const tip = repository.refs.get(`refs/heads/${branch}`);
      const start = from ?? tip ?? repository.refs.get(`refs/heads/${repository.settings.defaultBranch}`);
      const parent = start === undefined ? {} : { parent: start };
      const sha = await commitFiles(gitFolder(world, repository), { ...rest, branch, ...parent });
      await followRefs(world, repository, person);
      return sha;
    },
    async deleteBranch(name: string, branch: string) {
      await runGit(gitFolder(world, find(world, name)), ["update-ref", "-d", `refs/heads/${branch}`]);
      await followRefs(world, find(world, name), person);
    },
    readFile: async (name: string, ref: string, path: string) =>
      (await runGit(gitFolder(world, find(world, name)), ["cat-file", "blob", `${ref}:${path}`])).stdout,
    refs: (name: string) => find(world, name).refs,
    history: (name: string, range: string) => readCommits(gitFolder(world, find(world, name)), range),
    gitFolder: (name: string) => gitFolder(world, find(world, name)),
    sync: (name: string) => followRefs(world, find(world, name), person),
  };
}

function pullMethods(world: World) {
  return {
    pulls: (name: string) => [...find(world, name).pulls.values()],
    comments: (name: string, number: number) => find(world, name).comments.filter((one) => one.number === number),
    async merge(name: string, number: number, options: { method?: MergeMethod; by?: string } = {}) {
      const { method = "merge", by = person } = options;
      const { repository, pull } = findPull(world, name, number);
      return await inTurn(repository, () => mergePull(world, repository, { pull, method, by }));
    },
    async updateBranch(name: string, number: number, by = person) {
      const { repository, pull } = findPull(world, name, number);
      await inTurn(repository, () => updateBranch(world, repository, { pull, by }));
    },
    async closePull(name: string, number: number, by = person) {
      const { repository, pull } = findPull(world, name, number);
      await inTurn(repository, async () => void closePull(world, repository, { pull, by }));
      world.changed();
    },
    async editPull(name: string, number: number, changes: Partial<Pull>) {
      const { repository, pull } = findPull(world, name, number);
      await inTurn(repository, async () => void changePull(repository, pull, changes));
      world.changed();
    },
  };
}

function settingMethods(world: World) {
  return {
    configure(name: string, settings: Partial<RepositorySettings>) {
      Object.assign(find(world, name).settings, settings);
      world.changed();
    },
    protect(name: string, branch: string, protection: Protection = {}) {
      find(world, name).protection.set(branch, protection);
      world.changed();
    },
    addCollaborator(name: string, login: string, permission: Permission = "write") {
      userOf(world.state, login);
      find(world, name).collaborators.set(login.toLowerCase(), permission);
      world.changed();
    },
    addTeam(owner: string, slug: string) {
      world.state.teams.set(`${owner}/${slug}`.toLowerCase(), { id: world.state.nextId++, slug, name: slug });
      world.changed();
    },
    addMilestone(name: string, title: string) {
      const repository = find(world, name);
      const number = repository.milestones.length + 1;
      const milestone = { id: world.state.nextId++, number, title, createdAt: instant() };
      repository.milestones = [...repository.milestones, milestone];
      world.changed();
      return number;
    },
    addWebhook(
      name: string,
      { url, secret, events = ["*"] }: { url: string; secret?: string; events?: readonly string[] },
    ) {
      const hook = addWebhook(world, find(world, name), { url, secret, events });
      world.changed();
      return hook.id;
    },
  };
}
