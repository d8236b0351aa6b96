import type {
  ComponentChange,
  ComponentName,
  ComponentObject,
  InstanceInventory,
  ManifestFault,
} from "@lockstep/shared/contracts";
import { compareVersions } from "./compare-versions.ts";
import type { Manifest } from "./read-manifest.ts";

/** A release: the manifest, and what the commit has at each configured component's path. */
export interface Release {
  readonly manifest: Manifest;
  readonly paths: ReadonlyMap<ComponentName, string>;
  /** Path → what stands there; absent: nothing. */
  readonly objects: ReadonlyMap<string, ComponentObject>;
}

export interface ComponentComparison {
  readonly components: readonly ComponentChange[];
  readonly faults: readonly ManifestFault[];
}

type Installed = Pick<InstanceInventory, "components" | "skipComponents">;

/** Compares each component of a release with an installation (spec: deployment, the table). Pure. */
export function compareComponents(release: Release, installed: Installed): ComponentComparison {
  const { manifest } = release;
  const named = new Set([...manifest.components.keys(), ...manifest.faulty]);
  const gone = Object.keys(installed.components).filter((name) => !named.has(name as ComponentName));
  const components = [...named, ...(gone as ComponentName[])].map((name) => compareOne(release, installed, name));
  return { components, faults: [...manifest.faults, ...components.flatMap(faultOf)] };
}

function compareOne({ manifest, paths, objects }: Release, installed: Installed, name: ComponentName): ComponentChange {
  const present = Object.hasOwn(installed.components, name) ? installed.components[name] : undefined;
  const path = paths.get(name) ?? null;
  const change = {
    name,
    from: present?.version ?? null,
    fromObject: present?.object ?? null,
    to: manifest.components.get(name) ?? null,
    path,
    object: (path === null ? undefined : objects.get(path)) ?? null,
    skipped: installed.skipComponents.includes(name),
  };
  return { ...change, state: stateOf(change, manifest.faulty.has(name)) };
}

function stateOf({ from, fromObject, to, path, object }: Omit<ComponentChange, "state">, isFaulty: boolean) {
  if (isFaulty) return "fault";
  if (to === null) return "removed";
  if (path === null) return from === null ? "fault" : "removed";
  const order = compareVersions(to, from);
  if (order === "newer") return "update";
  if (order === "older") return "ahead";
  const differs = fromObject !== null && object !== null && !isSame(fromObject, object);
  return differs ? "drift" : "current";
}

function isSame(one: ComponentObject, other: ComponentObject): boolean {
  return one.id === other.id && one.mode === other.mode;
}

/** What the manifest itself cannot show: that the repository or the configuration lacks what it names. */
function faultOf({ name, to, path, object }: ComponentChange): readonly ManifestFault[] {
  if (to === null) return [];
  if (path === null)
    return [{ component: name, code: "COMPONENT_UNKNOWN", message: `the configuration has no component ${name}` }];
  if (object !== null) return [];
  return [{ component: name, code: "COMPONENT_PATH_MISSING", message: `the commit has nothing at ${path}` }];
}
