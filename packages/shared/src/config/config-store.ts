import { watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import type { Log } from "../runtime/log.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load-config.ts";

/** The configuration as it is now. Ask it anew each time: the file may have changed. */
export interface ConfigStore extends Disposable {
  readonly current: Config;
  /** Calls back after every change that was taken up. */
  onChange(listener: () => void): void;
}

const settleMs = 200;

/** A configuration that was not read from a file and never changes. */
export function fixedConfig(config: Config): ConfigStore {
  return { current: config, onChange: () => {}, [Symbol.dispose]: () => {} };
}

/**
 * Loads lockstep.yaml and takes up its changes. Its folder is watched, because Kubernetes and editors swap
 * links and files; a faulty new file is refused with an error line and the old one stays. Throws a ConfigError
 * if the first file is faulty.
 */
export async function openConfig(file: string, log: Log): Promise<ConfigStore> {
  let current = await loadConfig(file);
  const listeners: (() => void)[] = [];
  const reload = async () => {
    try {
      const next = await loadConfig(file);
      if (describe(next) === describe(current)) return;
      current = next;
      log.info({ file, routes: next.routes.size }, "configuration taken up");
      for (const listener of listeners) listener();
    } catch (error) {
      log.error({ error, file }, "new configuration refused, the old one stays");
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let reloading = Promise.resolve();
  const reloadSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // One after the other, or the older file could be the one that stays.
      reloading = reloading.then(reload);
    }, settleMs);
    timer.unref();
  };
  const watcher: FSWatcher = watch(dirname(file), { persistent: false }, reloadSoon);
  // What changed between reading and watching was seen by neither.
  reloadSoon();
  watcher.on("error", (error) => log.warn({ error, file }, "the configuration's folder cannot be watched"));
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

/** Everything but secrets, which print alike: a secret that changes comes with a restart. */
function describe({ routes, absent: _readByPeople, ...rest }: Config): string {
  return JSON.stringify({ ...rest, routes: [...routes] });
}
