import { SyncError } from "@lockstep/shared/runtime";
import { gitEnvironment, gitSettings } from "../environment.ts";
import { gitError } from "../git-error.ts";
import { pipeOut } from "../pipe-out.ts";

export interface PackQuestion {
  /** Folder of the cache that has the objects. */
  readonly folder: string;
  readonly wanted: readonly string[];
  /** What the other side has: never sent, and good to make deltas against. */
  readonly present: readonly string[];
}

const args = ["pack-objects", "--revs", "--thin", "--stdout", "--delta-base-offset", "-q"];

/** The pack that brings a destination from what it has to what is wanted. Throws as `gitError` says. */
export async function* buildPack(question: PackQuestion, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { folder, wanted, present } = question;
  const input = Buffer.from([...wanted, ...present.map((oid) => `^${oid}`), ""].join("\n"));
  const environment = { ...gitEnvironment({ folder, remote: false }), ...gitSettings(undefined) };
  try {
    yield* pipeOut(args, { environment, input, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SyncError) throw error;
    throw gitError(args, error instanceof Error ? error.message : String(error));
  }
}
