import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isPair, isScalar, isSeq, visit, type Document } from "yaml";

/**
 * `${NAME}` and `${file:PATH}` in lockstep.yaml. The braces would be YAML's own in a flow map, so they
 * stand as private-use characters, at the same columns, while YAML is read; a value never becomes YAML.
 */
const open = "\uE000";
const close = "\uE001";
const reference = /\$\{([^{}\n]+)\}/g;
const marked = /\uE000\uE000([^\uE001]+)\uE001/g;

/** The text with references that YAML reads as plain characters. */
export function markReferences(text: string): string {
  return text.replace(reference, (_, name: string) => `${open}${open}${name}${close}`);
}

/** Text of a marked document as its author wrote it. */
export function unmarkReferences(text: string): string {
  return text.replace(marked, "${$1}");
}

/** What references are looked up in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative `${file:…}` paths start here. */
  readonly folder: string;
}

/** A reference that leads nowhere, and why. Its key is absent. */
export interface Unresolved {
  readonly kind: "variable" | "file";
  readonly path: readonly (string | number)[];
  readonly reason: string;
}

/** Puts values in the place of references, in the document itself. A key whose reference leads nowhere is removed. */
export function resolveReferences(document: Document, surroundings: Surroundings): readonly Unresolved[] {
  const unresolved: Unresolved[] = [];
  visit(document, {
    Scalar(_key, node, ancestors) {
      if (typeof node.value !== "string" || !node.value.includes(open)) return;
      const gone: Missing[] = [];
      node.value = node.value.replace(marked, (_, name: string) => {
        const found = lookUp(name, surroundings);
        if (found.kind === "value") return found.value;
        gone.push(found);
        return "";
      });
      const [first] = gone;
      if (first !== undefined) unresolved.push({ ...first, path: pathOf([...ancestors, node]) });
    },
  });
  for (const { path } of unresolved.toReversed()) document.deleteIn(path);
  return unresolved;
}

type Missing = Pick<Unresolved, "kind" | "reason">;

function lookUp(name: string, { env, folder }: Surroundings): Missing | { kind: "value"; value: string } {
  if (!name.startsWith("file:")) {
    const value = env[name];
    if (value !== undefined && value !== "") return { kind: "value", value };
    return { kind: "variable", reason: `the environment variable ${name} is not set` };
  }
  const path = resolve(folder, name.slice("file:".length));
  try {
    return { kind: "value", value: readFileSync(path, "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { kind: "file", reason: `the file ${path} cannot be read (${code})` };
  }
}

function pathOf(nodes: readonly unknown[]): (string | number)[] {
  const path: (string | number)[] = [];
  for (const [index, node] of nodes.entries()) {
    const parent = nodes[index - 1];
    if (isPair(node)) path.push(String(isScalar(node.key) ? node.key.value : node.key));
    else if (isSeq(parent)) path.push(parent.items.indexOf(node));
  }
  return path;
}
