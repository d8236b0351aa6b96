import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PermanentError } from "@lockstep/shared/runtime";

/**
 * Takes the installation for this process until disposed. The kernel's lock on a file, so it ends with its holder
 * however that dies. PermanentError `INSTALLATION_IN_USE` if another process has it.
 */
export function lockInstallation(root: string): Disposable {
  mkdirSync(root, { recursive: true });
  const database = new DatabaseSync(join(root, "lock"));
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new PermanentError("INSTALLATION_IN_USE", `another updater works on ${root}`, {
      hint: "one updater an installation: end the other, or give this one a root of its own",
      cause: error,
    });
  }
  return { [Symbol.dispose]: () => database.close() };
}
