import { clonesFolder } from "@lockstep/git";
import { PermanentError } from "@lockstep/shared/runtime";
import { z } from "zod";

/** What the publisher takes from its environment, beside lockstep.yaml. */
export interface PublisherSettings {
  /** LOCKSTEP_CACHE; default `lockstep` in the user's cache folder. Clones that can be made again. */
  readonly cacheFolder: string;
  /** LOCKSTEP_CONCURRENCY; how many repositories at once. */
  readonly concurrency: number;
}

const Environment = z.object({
  LOCKSTEP_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
});

/** Reads the settings. Throws PermanentError CONFIG_INVALID naming every variable that is wrong. */
export function readPublisherSettings(env: Readonly<Record<string, string | undefined>>): PublisherSettings {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new PermanentError("CONFIG_INVALID", faults.join("; "), { hint: "Correct the environment variables named." });
  }
  return { cacheFolder: clonesFolder(set, "publisher"), concurrency: parsed.data.LOCKSTEP_CONCURRENCY };
}
