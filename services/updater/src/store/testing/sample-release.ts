import { createHash } from "node:crypto";
import type { FreshComponent, ReleasePlan } from "../installation.ts";
import type { ReleaseEntry } from "../release-entries.ts";
import type { InstalledComponent } from "../releases.ts";

/** Path → content; `-> target` is a link, `#! …` an executable. */
export type SampleFiles = Readonly<Record<string, string>>;

/** A component as git would list it, without git. */
export function sampleComponent(component: string, version: string | number, files: SampleFiles): FreshComponent {
  const blobs = new Map<string, Buffer>();
  const entries = Object.entries(files).map(([path, content]): ReleaseEntry => {
    const isLink = content.startsWith("-> ");
    const bytes = Buffer.from(isLink ? content.slice(3) : content);
    const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    blobs.set(oid, bytes);
    return { path, oid, mode: isLink ? "120000" : content.startsWith("#!") ? "100755" : "100644" };
  });
  const hash = createHash("sha1").update(JSON.stringify(entries)).digest("hex");
  return {
    component,
    version,
    path: component,
    mode: "040000",
    hash,
    entries,
    read: () => Promise.resolve(blobs),
    isData: false,
  };
}

export function samplePlan(
  fresh: readonly FreshComponent[],
  kept: Readonly<Record<string, InstalledComponent>> = {},
): ReleasePlan {
  return { commit: "c".repeat(40), kept, fresh, way: "hold" };
}

const pages = (word: string) =>
  Object.fromEntries(["a", "b", "c", "d", "e", "f", "g"].map((name) => [`pages/${name}.html`, `${word} ${name}`]));

export const oldFiles: SampleFiles = {
  "app.js": "old",
  "run.sh": "#!/bin/sh\necho old\n",
  "lib/a.txt": "a",
  "link.js": "-> lib/a.txt",
  ...pages("old"),
};
export const newFiles: SampleFiles = {
  "app.js": "new",
  "run.sh": "#!/bin/sh\necho new\n",
  "lib/b.txt": "b",
  "link.js": "-> lib/b.txt",
  ...pages("new"),
};
export const oldModels: SampleFiles = { "models.json": '{"version":1}' };
export const newModels: SampleFiles = { "models.json": '{"version":2}' };
