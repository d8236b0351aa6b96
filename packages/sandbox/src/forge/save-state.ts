import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRefs } from "./git/bare-repository.ts";
import { createState, rememberContent, type State } from "./state.ts";
import { gitFolder } from "./world.ts";

const file = "state.json";
/** Changes within so many milliseconds are saved together. */
const pauseMs = 50;

export interface StateFile {
  /** Saves soon. */
  readonly changed: () => void;
  /** Saves what is not saved yet. */
  close(): Promise<void>;
}

/** Keeps the state in a file of the folder, written beside and renamed, readable by its owner alone: it has tokens. */
export function createStateFile(folder: string, state: State): StateFile {
  let timer: NodeJS.Timeout | undefined;
  let saved: Promise<void> = Promise.resolve();
  const save = () => {
    timer = undefined;
    saved = saved.then(() => writeState(folder, state));
    // A disk that fails here fails again when the forge is closed, where somebody waits for it.
    saved.catch(() => undefined);
  };
  return {
    changed: () => (timer ??= setTimeout(save, pauseMs)),
    async close() {
      clearTimeout(timer);
      save();
      await saved;
    },
  };
}

/** The state of an earlier forge in this folder, with the refs its repositories have now; or an empty one. */
export async function loadState(folder: string): Promise<State> {
  const text = await readFile(join(folder, file), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return createState();
  const state = JSON.parse(text, (_key, value: unknown) => reviveMap(value)) as State;
  for (const repository of state.repositories.values()) {
    repository.refs = await readRefs(gitFolder({ folder }, repository));
    rememberContent(repository);
  }
  return state;
}

async function writeState(folder: string, state: State): Promise<void> {
  const text = JSON.stringify(state, (key, value: unknown) => {
    // Git itself keeps the refs.
    if (key === "refs" || key === "before") return undefined;
    return value instanceof Map ? { $map: [...value] } : value;
  });
  const fresh = join(folder, `.${file}`);
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, join(folder, file));
}

function reviveMap(value: unknown): unknown {
  const isMap = typeof value === "object" && value !== null && "$map" in value && Array.isArray(value.$map);
  return isMap ? new Map(value.$map as [unknown, unknown][]) : value;
}
