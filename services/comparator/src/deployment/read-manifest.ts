import { ComponentName, type ComponentVersion, type ManifestFault } from "@lockstep/shared/contracts";
import { isVersion } from "./compare-versions.ts";

/** A release manifest: what each component should be. */
export interface Manifest {
  /** 0 where the manifest asks for nothing. */
  readonly minRuntime: number;
  readonly components: ReadonlyMap<ComponentName, ComponentVersion>;
  /** Components that are named and cannot be read: they are left alone. */
  readonly faulty: ReadonlySet<ComponentName>;
  readonly faults: readonly ManifestFault[];
}

export type ManifestReading =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  /** Nothing of it may be applied. */
  | { readonly kind: "fault"; readonly fault: ManifestFault };

const mostComponents = 200;

/**
 * Reads `{ "min_runtime": 4, "components": { "backend": { "version": "1.10.0" }, "models": 22 } }`, each component in
 * either form. Pure; a fault is an answer, never an exception.
 */
export function readManifest(bytes: Uint8Array): ManifestReading {
  const json = parse(bytes);
  if (json === undefined) return fault("MANIFEST_NOT_JSON", "the manifest is no JSON");
  if (!isObject(json)) return fault("MANIFEST_NOT_AN_OBJECT", "the manifest is no JSON object");
  const { min_runtime: minRuntime = 0, components } = json;
  if (!Number.isSafeInteger(minRuntime))
    return fault("MANIFEST_MIN_RUNTIME", `min_runtime is ${show(minRuntime)}, not a whole number`);
  if (!isObject(components)) return fault("MANIFEST_COMPONENTS", "components is no object");
  const entries = Object.entries(components);
  if (entries.length > mostComponents)
    return fault("MANIFEST_COMPONENTS", `${entries.length} components are more than ${mostComponents}`);
  return { kind: "manifest", manifest: { minRuntime: Number(minRuntime), ...readComponents(entries) } };
}

function readComponents(entries: readonly (readonly [string, unknown])[]): Omit<Manifest, "minRuntime"> {
  const components = new Map<ComponentName, ComponentVersion>();
  const faulty = new Set<ComponentName>();
  const faults: ManifestFault[] = [];
  for (const [key, value] of entries) {
    const name = ComponentName.safeParse(key);
    const version = isObject(value) ? value["version"] : value;
    const component = key.slice(0, 100);
    if (!name.success) {
      faults.push({ component, code: "MANIFEST_COMPONENT_NAME", message: `${show(key)} is no name of a component` });
    } else if (isVersion(version)) {
      components.set(name.data, version);
    } else {
      faulty.add(name.data);
      faults.push({ component, code: "MANIFEST_VERSION", message: `${key}: ${show(version)} is no version` });
    }
  }
  return { components, faulty, faults };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fault(code: string, message: string): ManifestReading {
  return { kind: "fault", fault: { code, message } };
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 100);
}
