import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGit } from "@lockstep/git";
import { createLog } from "@lockstep/shared/runtime";
import { Gateway } from "../../gateway/gateway.ts";
import { machineFileSystem } from "../../store/file-system.ts";
import { Installation } from "../../store/installation.ts";
import { Switcher } from "../../switch/switcher.ts";
import { Updater } from "../updater.ts";
import { createReleaseSource } from "./release-source.ts";

export const releaseFiles = (word: string) => ({
  "backend/app.js": word,
  "backend/run.sh": `#!/bin/sh\necho ${word}\n`,
  "catalogs/models.json": JSON.stringify({ word }),
  "secret.txt": "not a component",
});
export const paths = { models: "catalogs/models.json" };
export const updates = { backend: "1.0.0", models: 1 };

/** An installation without an application, and the git repository that it follows. */
export async function createUpdaterWorld(options: { readonly descendantsOnly?: boolean } = {}) {
  const source = await createReleaseSource();
  const root = await mkdtemp(join(tmpdir(), "lockstep-updater-"));
  const signal = AbortSignal.timeout(60_000);
  const log = createLog("updater", { write: () => undefined });
  const installation = await Installation.open({ files: machineFileSystem, root, keep: 3 });
  const gateway = await Gateway.listen({
    host: "127.0.0.1",
    port: 0,
    healthPath: "/health",
    hold: { waitMs: 1, most: 1 },
  });
  const switcher = new Switcher({ installation, gateway, options: { drainMs: 10, settleMs: 1 }, log, signal });
  const place = { url: source.url };
  const updater = new Updater({
    installation,
    switcher,
    git: createGit(),
    source: () => ({ url: place.url, branch: "main" }),
    components: () => [{ name: "backend", restart: true, reload: false }],
    way: "hold",
    skipComponents: () => Promise.resolve([]),
    descendantsOnly: options.descendantsOnly ?? false,
    log,
    signal,
  });
  return {
    source,
    root,
    installation,
    updater,
    place,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
