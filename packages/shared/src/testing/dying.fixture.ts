import { changeQueue, reportOf } from "./change-queue.ts";
import { connectTo } from "./start-bus.ts";
import { startWork } from "./start-work.ts";

/** A replica that dies, by its own hand and without any goodbye, where TEST_DIES_AT says. */
const bus = await connectTo(process.env["TEST_NATS_URL"] ?? "");
const diesAt = process.env["TEST_DIES_AT"];
const die = () => process.kill(process.pid, "SIGKILL");
const state = bus.bucket("state");

const mortal: typeof bus = {
  ...bus,
  bucket: (name) =>
    name !== "state" || diesAt !== "watermark"
      ? bus.bucket(name)
      : { ...state, write: (...value) => (die() ? new Promise(() => {}) : state.write(...value)) },
};
const queue = changeQueue(async (event, context) => {
  if (diesAt === "run") die();
  return Promise.resolve(reportOf(event, context));
});
await startWork(queue, { bus: mortal, limits: { leaseTtlMs: 1000 } }).ended;
