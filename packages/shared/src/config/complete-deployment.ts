import type { z } from "zod";
import type { ComponentName } from "../contracts/component.ts";
import type { RouteName } from "../contracts/names.ts";
import { repositoryIdentity, type RepositoryIdentity } from "../contracts/repository-identity.ts";
import type { ComponentOptions, deploymentRoute, RolloutOptions } from "./deployment-route.ts";
import { mergeTriggers, type TriggerOptions } from "./triggers.ts";

type DeploymentRouteInput = z.output<typeof deploymentRoute>;

/** A component of a deployment route. Neither `restart` nor `reload`: it is just there at the next read. */
export interface DeploymentComponent extends ComponentOptions {
  readonly name: ComponentName;
}

/** Installations are not in the file: they say themselves that they are there (bucket `instances`). */
export interface DeploymentRoute {
  readonly kind: "deployment";
  readonly name: RouteName;
  readonly source: DeploymentRouteInput["source"] & { readonly identity: RepositoryIdentity };
  readonly components: readonly DeploymentComponent[];
  readonly apply: "manual" | "auto";
  /** Times in milliseconds. */
  readonly rollout: RolloutOptions;
  readonly triggers: TriggerOptions;
  /** None that this file knows. */
  readonly targets: readonly [];
}

/** Fills in what the file leaves out. */
export function completeDeployment(
  name: RouteName,
  input: DeploymentRouteInput,
  defaults: Parameters<typeof mergeTriggers>[1],
): DeploymentRoute {
  const { kind, source, components, apply, rollout } = input;
  return {
    kind,
    name,
    source: { ...source, identity: repositoryIdentity(source.url) },
    components: Object.entries(components).map(([component, options]) => ({
      ...options,
      name: component as ComponentName,
    })),
    apply,
    rollout,
    triggers: mergeTriggers(input.triggers, defaults),
    targets: [],
  };
}
