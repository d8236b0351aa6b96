import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/nats-core";
import { Objm, type ObjectStore } from "@nats-io/obj";
import type { ContentStore } from "../content-store.ts";
import { BusError } from "./bus-error.ts";
import { contentBucket } from "./streams.ts";

const refreshAfterMs = 7 * 24 * 3_600_000;

/** The object store `content`. What is a week old is written anew, so that used content never expires. */
export function openContent(nc: NatsConnection): ContentStore {
  let opened: Promise<ObjectStore> | undefined;
  const store = () => {
    opened ??= new Objm(nc).open(contentBucket.name).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    async put(bytes) {
      const name = createHash("sha256").update(bytes).digest("hex");
      await guarded("store content", async () => {
        const objects = await store();
        const known = await objects.info(name);
        if (known !== null && !known.deleted && Date.now() - Date.parse(known.mtime) < refreshAfterMs) return;
        await objects.putBlob({ name }, bytes);
      });
      return name;
    },
    async get(name, signal) {
      signal.throwIfAborted();
      const bytes = await guarded("read content", async () => (await store()).getBlob(name));
      if (bytes === null) return undefined;
      const whole = createHash("sha256").update(bytes).digest("hex") === name;
      return whole ? bytes : undefined;
    },
  };
}

async function guarded<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new BusError("BUS_CONTENT_FAILED", `NATS could not ${what}: ${words}`, { cause: error });
  }
}
