import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { AppProcess } from "./app-process.ts";
import { endOrphans } from "./end-orphans.ts";

test.skipIf(!existsSync("/proc/self/environ"))(
  "what a killed updater left running is ended, and nothing of another installation",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "lockstep-orphans-"));
    const log = createLog("updater", { write: () => undefined });
    const start = async (root: string) => {
      const folder = join(home, root, "releases", "1");
      await mkdir(folder, { recursive: true });
      return new AppProcess(
        { command: [process.execPath, "-e", "setInterval(() => {}, 1000)"], folder, port: 1, env: {} },
        log,
      );
    };
    const [ours, theirs] = [await start("app"), await start("app-2")];
    // A child has its new environment only once it runs its program.
    await expect.poll(() => endOrphans(join(home, "app")), { timeout: 5000 }).toBe(1);
    expect(await ours.exited).toMatchObject({ signal: "SIGKILL" });
    expect(theirs.exit).toBeUndefined();
    await theirs.stop(100);
    await rm(home, { recursive: true, force: true });
  },
);
