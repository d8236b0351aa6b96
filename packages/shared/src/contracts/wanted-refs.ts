/** The refs that a mirror's destinations should have. */
export interface WantedRefs {
  /** The source's default branch, `refs/heads/main`; undefined where HEAD leads nowhere. */
  readonly head: string | undefined;
  /** Full ref name → object. */
  readonly refs: ReadonlyMap<string, string>;
}

const firstLine = "lockstep-refs 1";
const firstDeltaLine = "lockstep-refs-delta 1";

/** As kept in the object store: a line a ref, sorted by name, so that equal refs are equal bytes. */
export function formatRefs({ head, refs }: WantedRefs): string {
  const names = [...refs.keys()].sort();
  return [firstLine, `HEAD ${head ?? ""}`, ...names.map((name) => `${refs.get(name)} ${name}`), ""].join("\n");
}

/** Refs as another content with changes: a commit more in a repository of 55,000 refs is a line, not 4 MB. */
export interface RefsDelta {
  /** Name of the other content, which is no delta. */
  readonly base: string;
  readonly head: string | undefined;
  /** Full ref name → object, or null for a ref that the base has and this has not. */
  readonly changes: ReadonlyMap<string, string | null>;
}

export function formatDelta({ base, head, changes }: RefsDelta): string {
  const lines = [...changes.keys()].sort().map((name) => `${changes.get(name) ?? "-"} ${name}`);
  return [firstDeltaLine, `BASE ${base}`, `HEAD ${head ?? ""}`, ...lines, ""].join("\n");
}

/** Reads what `formatRefs` or `formatDelta` wrote; undefined if it is something else. */
export function parseRefs(text: string): WantedRefs | RefsDelta | undefined {
  const lines = text.split("\n");
  if (lines.pop() !== "") return undefined;
  if (lines[0] === firstLine) {
    const head = headOf(lines[1]);
    const refs = readLines(lines, 2);
    return head === undefined || refs === undefined ? undefined : { head: head || undefined, refs };
  }
  const base = /^BASE ([0-9a-f]{64})$/.exec(lines[1] ?? "")?.[1];
  const head = headOf(lines[2]);
  const entries = readLines(lines, 3);
  if (lines[0] !== firstDeltaLine || base === undefined || head === undefined || entries === undefined)
    return undefined;
  const changes = new Map([...entries].map(([name, oid]) => [name, oid === "-" ? null : oid]));
  return { base, head: head || undefined, changes };
}

function headOf(line = ""): string | undefined {
  return line.startsWith("HEAD ") ? line.slice("HEAD ".length) : undefined;
}

const oidPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|-)$/;

function readLines(lines: readonly string[], from: number): Map<string, string> | undefined {
  const refs = new Map<string, string>();
  for (let index = from; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const space = line.indexOf(" ");
    const oid = line.slice(0, space);
    const name = line.slice(space + 1);
    if (!oidPattern.test(oid) || !name.startsWith("refs/") || name.includes(" ")) return undefined;
    refs.set(name, oid);
  }
  return refs;
}
