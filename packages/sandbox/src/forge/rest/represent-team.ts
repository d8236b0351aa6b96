import type { Repository } from "../state.ts";
import type { World } from "../world.ts";

/** GitHub's `team`, by its slug in the organisation that owns the repository. */
export function representTeam(world: World, repository: Repository, slug: string): object {
  const team = world.state.teams.get(`${repository.owner}/${slug}`.toLowerCase());
  const url = `${world.url}/api/v3/organizations/${repository.owner}/team/${team?.id ?? 0}`;
  return {
    id: team?.id ?? 0,
    node_id: `T_${team?.id ?? 0}`,
    name: team?.name ?? slug,
    slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "push",
    type: "organization",
    url,
    html_url: `${world.url}/orgs/${repository.owner}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
  };
}
