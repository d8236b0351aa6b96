import { comparator } from "@lockstep/comparator";
import { consoleService } from "@lockstep/console";
import { publisher } from "@lockstep/publisher";
import { PermanentError, type Service } from "@lockstep/shared/runtime";
import { updater } from "@lockstep/updater";
import { watcher } from "@lockstep/watcher";

/** Every service, in the order of the pipeline. */
export const services: readonly Service[] = [watcher, comparator, publisher, updater, consoleService];

/** The services with these names. Throws USAGE for a name that is none. */
export function servicesNamed(names: readonly string[]): readonly Service[] {
  return names.map((name) => {
    const service = services.find((one) => one.name === name);
    if (service !== undefined) return service;
    throw new PermanentError("USAGE", `There is no service ${name}`, {
      hint: `services: ${services.map((one) => one.name).join(", ")}`,
    });
  });
}
