import { mkdtemp, readdir, readFile, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { machineFileSystem, type FileSystem } from "./file-system.ts";
import { Installation } from "./installation.ts";
import { fingerprintOf } from "./releases.ts";
import { readInstalled } from "./testing/installed.ts";
import { interpose } from "./testing/interposed-file-system.ts";
import { afterPowerLoss, recordChanges } from "./testing/power-loss.ts";
import { newFiles, newModels, oldFiles, sampleComponent, samplePlan } from "./testing/sample-release.ts";
import { installSample, tryKillPoints, updateSample, wholeNew, wholeOld } from "./testing/kill-points.ts";

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-installation-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const open = (root: string, files: FileSystem = machineFileSystem, keep = 3) =>
  Installation.open({ files, root, keep });

test("a kill -9 before any file-system operation leaves the old release or the new one, and the next start converges (I11)", async () => {
  await using home = await temporaryFolder();
  const result = await tryKillPoints(home.folder);
  expect(result.faults).toEqual([]);
  expect(result.points).toBeGreaterThan(80);
  expect(result).toMatchObject({ consistent: result.points, converged: result.points });
}, 120_000);

test.each(["ENOSPC", "EACCES", "EIO"])(
  "%s at any operation before the switch leaves the old release whole",
  async (code) => {
    await using home = await temporaryFolder();
    for (let point = 1; ; point += 1) {
      const root = join(home.folder, String(point));
      await installSample(root);
      let operations = 0;
      const failing = interpose(machineFileSystem, (operation) => {
        operations += 1;
        if (operations >= point && operation !== "removeFile") throw Object.assign(new Error(code), { code });
      });
      const outcome = await open(root, failing)
        .then(updateSample)
        .then(
          () => "done",
          (error: unknown) => (error as NodeJS.ErrnoException).code,
        );
      const found = await readInstalled(root);
      expect(found, `${code} at ${point}`).toEqual(found["backend/app.js"] === "new" ? wholeNew : wholeOld);
      if (outcome === "done") return;
      expect(outcome).toBe(code);
      await updateSample(await open(root));
      expect(await readInstalled(root)).toEqual(wholeNew);
      await rm(root, { recursive: true, force: true });
    }
  },
);

test("a roll-back leads to the release before and holds the content that failed until it is released", async () => {
  await using home = await temporaryFolder();
  const root = join(home.folder, "app");
  await installSample(root);
  const installation = await open(root);
  const fresh = [sampleComponent("backend", "2.0.0", newFiles)];
  const bad = await installation.stage(samplePlan(fresh, (await installation.current())?.components));
  await installation.switch(bad);
  const back = await installation.rollBack("it answers 500");
  expect(back?.release).toBe(1);
  expect(await readInstalled(root)).toEqual(wholeOld);
  const again = await open(root);
  expect(again.state.held).toEqual(new Map([[fingerprintOf(bad.components), "it answers 500"]]));
  expect(again.state.open).toBeUndefined();
});

test("an update that was switched but not confirmed is still open after a restart", async () => {
  await using home = await temporaryFolder();
  await installSample(home.folder);
  const installation = await open(home.folder);
  await installation.switch(await installation.stage(samplePlan([sampleComponent("models", 2, newModels)])));
  expect((await open(home.folder)).state.open).toMatchObject({ from: 1, to: 2, switched: true });
});

test("what a person changed in installed files is kept aside and never comes back as the release's own (I8)", async () => {
  await using home = await temporaryFolder();
  const root = home.folder;
  await installSample(root);
  const edited = join(root, "current", "backend", "app.js");
  await chmod(edited, 0o644);
  await writeFile(edited, "patched by hand");
  await writeFile(join(root, "current", "backend", "notes.txt"), "mine");
  await rm(join(root, "current", "backend", "lib", "a.txt"));
  const installation = await open(root);
  const [edit] = await installation.keepEdits();
  expect(edit).toMatchObject({ changed: ["app.js"], missing: ["lib/a.txt"], added: ["notes.txt"] });
  expect(await readFile(join(edit?.keptIn ?? "", "app.js"), "utf8")).toBe("patched by hand");
  expect(await readFile(join(edit?.keptIn ?? "", "notes.txt"), "utf8")).toBe("mine");
  const again = sampleComponent("backend", "1.0.0", oldFiles);
  const release = await installation.stage(samplePlan([again], (await installation.current())?.components));
  await installation.switch(release);
  expect(await readInstalled(root)).toEqual(wholeOld);
});

test("old releases are kept as asked, and content that none of them names is removed", async () => {
  await using home = await temporaryFolder();
  const installation = await open(home.folder, machineFileSystem, 2);
  for (const version of [1, 2, 3, 4, 5]) {
    const models = sampleComponent("models", version, { "models.json": String(version) });
    await installation.switch(await installation.stage(samplePlan([models])));
    await installation.confirm(version === 5 ? [1] : []);
  }
  expect((await readdir(join(home.folder, "releases"))).sort()).toEqual(["3", "4", "5"]);
  const stored = await readdir(join(home.folder, "store", "models"));
  expect(stored.filter((name) => !name.endsWith(".json"))).toHaveLength(3);
});

test("a journal that was torn in mid-record is read up to there", async () => {
  await using home = await temporaryFolder();
  await installSample(home.folder);
  const journal = join(home.folder, "journal");
  await writeFile(journal, `${await readFile(journal, "utf8")}{"kind":"began","fr`);
  const installation = await open(home.folder);
  expect(installation.state.open).toBeUndefined();
  await updateSample(installation);
  expect((await open(home.folder)).state).toMatchObject({ open: undefined, last: 2 });
});

test.each(["names that were not synced", "bytes that were not synced"] as const)(
  "a power loss that drops all %s leaves the old release or the new one (I11)",
  async (dropped) => {
    await using home = await temporaryFolder();
    const before = join(home.folder, "before");
    await installSample(before);
    const recorded = recordChanges(machineFileSystem, before);
    const disk = await recorded.snapshot();
    await updateSample(await open(before, recorded.files));
    for (let point = 0; point <= recorded.changes.length; point += 1) {
      const root = join(home.folder, `at-${point}`);
      await afterPowerLoss(root, { disk, changes: recorded.changes.slice(0, point), dropped });
      const found = await readInstalled(root);
      expect(found, `power lost after ${point}`).toEqual(found["backend/app.js"] === "new" ? wholeNew : wholeOld);
      await updateSample(await open(root));
      expect(await readInstalled(root)).toEqual(wholeNew);
      await rm(root, { recursive: true, force: true });
    }
  },
);
