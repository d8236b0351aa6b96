import { fullName, userOf, type Permission, type Repository, type User } from "../state.ts";
import type { World } from "../world.ts";

/** GitHub's `repository`: what pull requests and webhooks carry, and the greater part of `repos/get`. */
export function representRepository(world: World, repository: Repository, permission?: Permission | "none"): object {
  const { settings, id, name } = repository;
  const open = [...repository.pulls.values()].filter(({ state }) => state === "open").length;
  return {
    id,
    node_id: `R_${id}`,
    name,
    full_name: fullName(repository),
    owner: representUser(world, userOf(world.state, repository.owner)),
    private: settings.private,
    visibility: settings.private ? "private" : "public",
    description: settings.description,
    fork: repository.forkOf !== undefined,
    ...repositoryUrls(world, repository),
    homepage: null,
    language: null,
    license: null,
    topics: [],
    size: 0,
    default_branch: settings.defaultBranch,
    archived: settings.archived,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    ...features,
    ...counts(open),
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    ...(permission === undefined ? {} : { permissions: representPermissions(permission) }),
  };
}

/** GitHub's `full-repository`: what `repos/get` answers. */
export function representFullRepository(
  world: World,
  repository: Repository,
  permission: Permission | "none",
): Record<string, unknown> {
  const { settings } = repository;
  return {
    ...representRepository(world, repository, permission),
    subscribers_count: 0,
    network_count: 0,
    ...(permission === "none" || permission === "read"
      ? {}
      : {
          allow_merge_commit: settings.allowMergeCommit,
          allow_squash_merge: settings.allowSquashMerge,
          allow_rebase_merge: settings.allowRebaseMerge,
          allow_auto_merge: false,
          allow_update_branch: true,
          delete_branch_on_merge: settings.deleteBranchOnMerge,
        }),
  };
}

/** GitHub's `simple-user`. */
export function representUser(world: World, user: User): object {
  const url = `${world.url}/api/v3/users/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: `U_${user.id}`,
    avatar_url: `${world.url}/avatars/${user.id}`,
    gravatar_id: "",
    url,
    html_url: `${world.url}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

export function apiUrl(world: World, repository: Pick<Repository, "owner" | "name">): string {
  return `${world.url}/api/v3/repos/${fullName(repository)}`;
}

export function webUrl(world: World, repository: Pick<Repository, "owner" | "name">): string {
  return `${world.url}/${fullName(repository)}`;
}

const features = {
  has_issues: true,
  has_projects: false,
  has_wiki: false,
  has_pages: false,
  has_discussions: false,
  has_downloads: false,
};

function counts(open: number): object {
  return {
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
  };
}

/** What a permission allows, in GitHub's steps. */
export function representPermissions(permission: Permission | "none"): object {
  const push = permission === "write" || permission === "admin";
  return { admin: permission === "admin", maintain: permission === "admin", push, triage: push, pull: true };
}

const suffixes = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
} as const;

function repositoryUrls(world: World, repository: Repository): Record<string, string | null> {
  const url = apiUrl(world, repository);
  const web = webUrl(world, repository);
  const { host, hostname } = new URL(world.url);
  return {
    ...Object.fromEntries(Object.entries(suffixes).map(([name, suffix]) => [name, url + suffix])),
    url,
    html_url: web,
    clone_url: `${web}.git`,
    svn_url: web,
    git_url: `git://${host}/${fullName(repository)}.git`,
    ssh_url: `git@${hostname}:${fullName(repository)}.git`,
    mirror_url: null,
  };
}
