import { PermanentError } from "@lockstep/shared/runtime";

/** A file, link or executable of a component, as git lists it; the path is relative to the component. */
export interface ReleaseEntry {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
}

const modes = new Set(["100644", "100755", "120000"]);

/**
 * A component's name becomes a folder, a link and a word on a page. PermanentError `COMPONENT_NAME_INVALID` for what
 * could mean something else there.
 */
export function componentName(name: string): string {
  if (/^[a-z0-9_][\w.-]{0,63}$/i.test(name) && !/\.(new|old|json)$|\.$|\.\./i.test(name)) return name;
  throw new PermanentError("COMPONENT_NAME_INVALID", `${JSON.stringify(name)} is no name for a component`, {
    hint: "use letters, digits, '_' and '-'; a name ends neither in a dot nor in .json, .new or .old",
  });
}

/**
 * Refuses a tree that could write outside its folder, or that another file system would take for something else:
 * `..`, absolute and empty segments, git's own folder, names that look like an option, control characters and
 * backslashes, two names that differ in case alone, submodules. PermanentError `RELEASE_PATH_REFUSED`.
 */
export function checkEntries(component: string, entries: readonly ReleaseEntry[]): void {
  const spelled = new Map<string, string>();
  for (const { path, mode } of entries) {
    if (!modes.has(mode)) throw refused(component, path, mode === "160000" ? "is a submodule" : `has the mode ${mode}`);
    const segments = path.split("/");
    const bad = segments.find((segment) => faultOf(segment) !== undefined);
    if (bad !== undefined) throw refused(component, path, faultOf(bad) ?? "");
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const prefix = segments.slice(0, depth).join("/");
      const plain = prefix.normalize("NFC").toLowerCase();
      const other = spelled.get(plain) ?? prefix;
      if (other !== prefix) throw refused(component, path, `differs from ${JSON.stringify(other)} in case alone`);
      spelled.set(plain, prefix);
    }
  }
}

/**
 * Refuses a link that leads out of its component. First up, then down: a target that climbs after a name could climb
 * out of the folder which a link of that name stands for. PermanentError `RELEASE_PATH_REFUSED`.
 */
export function checkLink(component: string, path: string, target: string): void {
  const segments = target.split("/");
  const climbs = segments.findIndex((segment) => segment !== "..");
  const up = climbs === -1 ? segments.length : climbs;
  const depth = path.split("/").length - 1;
  const isInside = !target.startsWith("/") && up <= depth && !segments.slice(up).includes("..");
  if (target === "" || !isInside || /[\0\\]/.test(target))
    throw refused(component, path, `is a link to ${JSON.stringify(target)}, which may lead outside`);
}

function faultOf(segment: string): string | undefined {
  if (segment === "" || segment === "." || segment === "..") return "leads outside or nowhere";
  if (/^\.git$|^git~\d+$/i.test(segment.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff. ]+$/g, "")))
    return "is git's own";
  if (segment.startsWith("-")) return "looks like an option";
  if (/[\p{Cc}\\]/u.test(segment)) return "holds characters that no file name should";
  return undefined;
}

function refused(component: string, path: string, why: string): PermanentError {
  return new PermanentError("RELEASE_PATH_REFUSED", `${component}: ${JSON.stringify(path)} ${why}`, {
    hint: "nothing was changed; correct the file at the source",
  });
}
