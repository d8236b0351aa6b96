import { createLog, type Secret } from "@lockstep/shared/runtime";
import type { RunOptions } from "@lockstep/shared/contracts";
import { Gateway } from "../../gateway/gateway.ts";
import type { Progress, UpdateReport } from "../../update/updater.ts";
import { adminPath, createAdmin } from "../admin.ts";
import type { Control, SystemState } from "../control.ts";

export const state: SystemState = {
  route: "studio",
  instance: "pod-1",
  runtime: 4,
  release: 3,
  commit: null,
  components: [
    { name: "backend", local: "1.0.0", remote: "2.0.0", state: "update", skipped: false },
    { name: "models", local: 1, remote: 1, state: "current", skipped: true },
  ],
  blocked: null,
  held: [],
  terminal: null,
  updating: false,
  health: "healthy",
  connected: true,
};

export const report = (result: UpdateReport["result"]): UpdateReport => ({
  route: "studio",
  target: "pod-1",
  result,
  components: [],
  skipped: [],
  diffId: "d".repeat(64),
  throughSeq: 1,
  warnings: [],
});

/** A control that notes what it was asked. */
export async function startAdmin(overrides: Partial<Control> = {}, token?: Secret) {
  const updates: RunOptions[] = [];
  const listeners = new Set<(progress: Progress) => void>();
  let saved = { skipComponents: ["models"] };
  const control: Control = {
    state: () => Promise.resolve(state),
    check: () => Promise.resolve(report("offered")),
    update(options) {
      updates.push(options);
      return Promise.resolve(report("applied"));
    },
    rollBack: () => Promise.resolve({ kind: "applied", downtimeMs: 12 }),
    preferences: () => Promise.resolve(saved),
    savePreferences(preferences) {
      saved = preferences;
      return Promise.resolve();
    },
    onProgress(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...overrides,
  };
  const log = createLog("updater", { write: () => undefined });
  const admin = await createAdmin({ control, token, log, signal: AbortSignal.timeout(20_000) });
  const gateway = await Gateway.listen({
    host: "127.0.0.1",
    port: 0,
    healthPath: "/health",
    hold: { waitMs: 1, most: 1 },
    admin: { path: adminPath, handle: (request, response) => admin.routing(request, response) },
  });
  const url = (path: string) => `http://127.0.0.1:${gateway.port}${adminPath}${path}`;
  return {
    updates,
    listeners,
    url,
    post: (path: string, body?: string) =>
      fetch(url(path), {
        method: "POST",
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
      }),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await admin.close();
    },
  };
}
