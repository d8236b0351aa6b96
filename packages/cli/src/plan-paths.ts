import type { DeploymentRoute } from "@lockstep/shared/config";

/**
 * Path filters of everything that an update carries, for `paths` and `paths-ignore` of a workflow
 * (https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore).
 * The configuration does not say whether a path is a file or a folder, so each is given as both. Pure.
 */
export function planPaths({ components, source }: DeploymentRoute): readonly string[] {
  const paths = new Set([source.manifest, ...components.flatMap(({ path }) => [escape(path), `${escape(path)}/**`])]);
  return [...paths];
}

/** Characters that the filters read as patterns. */
function escape(path: string): string {
  return path.replace(/[*?+[\]!\\]/g, String.raw`\$&`);
}
