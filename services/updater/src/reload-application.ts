import { TransientError } from "@lockstep/shared/runtime";
import type { DeploymentComponent } from "@lockstep/shared/config";
import type { AppProcess } from "./app/app-process.ts";

const limitMs = 10_000;

/** Tells the application to read its files again, each way once. TransientError `RELOAD_FAILED`. */
export async function reloadApplication(
  components: readonly DeploymentComponent[],
  app: AppProcess | undefined,
  signal: AbortSignal,
): Promise<void> {
  const urls = new Set(components.flatMap(({ reload }) => reload?.url ?? []));
  const signals = new Set(components.flatMap(({ reload }) => reload?.signal ?? []));
  for (const name of signals) app?.signal(name);
  for (const url of urls) {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const answer = await fetch(url, { method: "POST", signal: limit }).catch((error: unknown) => {
      throw new TransientError("RELOAD_FAILED", `${url} does not answer`, { cause: error });
    });
    if (!answer.ok) throw new TransientError("RELOAD_FAILED", `${url} answered ${answer.status}`);
  }
}
