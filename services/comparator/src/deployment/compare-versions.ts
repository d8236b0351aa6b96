import type { ComponentVersion } from "@lockstep/shared/contracts";
import { compare, parse, type SemVer } from "semver";

/** How the source's version stands to the installed one. */
export type VersionOrder = "newer" | "same" | "older";

/**
 * Whole numbers count up; versions are compared by semver 2.0 (https://semver.org/#spec-item-11), where `v`, missing
 * parts and leading zeros are allowed. Another type than the local one, or a local one that is nothing, is an update. Pure.
 */
export function compareVersions(remote: ComponentVersion, local: ComponentVersion | null): VersionOrder {
  if (local === null) return "newer";
  if (typeof remote === "number") return typeof local === "number" ? orderOf(remote - local) : "newer";
  const wanted = readVersion(remote);
  const present = typeof local === "string" ? readVersion(local) : undefined;
  return wanted === undefined || present === undefined ? "newer" : orderOf(compare(wanted, present));
}

/** Whether a manifest's value is one of the two kinds of version. Pure. */
export function isVersion(value: unknown): value is ComponentVersion {
  if (typeof value === "string") return value.length <= longest && readVersion(value) !== undefined;
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const longest = 256;
const pattern = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[\w.-]+)?(\+[\w.-]+)?$/i;

function readVersion(text: string): SemVer | undefined {
  const found = pattern.exec(text.trim());
  if (found === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", pre = ""] = found;
  const core = [major, minor, patch].map((part) => part.replace(/^0+(?=\d)/, "")).join(".");
  return parse(core + pre) ?? undefined;
}

function orderOf(sign: number): VersionOrder {
  if (sign === 0) return "same";
  return sign > 0 ? "newer" : "older";
}
