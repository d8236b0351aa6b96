import {
  deploymentDiff,
  RunRequest,
  trigger,
  updateApplied,
  type DeploymentDiff,
  type RouteName,
  type RunOptions,
  type TargetName,
} from "@lockstep/shared/contracts";
import {
  PermanentError,
  readJson,
  SyncError,
  TransientError,
  type Bus,
  type Delivery,
  type Log,
} from "@lockstep/shared/runtime";
import type { Updater, UpdateReport } from "./update/updater.ts";

export interface Place {
  readonly route: RouteName;
  readonly instance: TargetName;
}

type Answer = { readonly report: UpdateReport } | { readonly error: unknown };

interface Waiter {
  readonly seq: number;
  settle(answer: Answer): void;
}

const heartbeatMs = 20_000;
const longestRetryMs = 60_000;

/**
 * The updater's side of the bus: reads its own work queue, newest wins, reports what became of it, and asks for a look
 * on behalf of a person. A connection may come and go; an update that is under way is not stopped by it.
 */
export class BusLink {
  readonly #place: Place;
  readonly #updater: Updater;
  readonly #log: Log;
  readonly #waiters = new Set<Waiter>();
  #bus: Bus | undefined;
  #diff: DeploymentDiff | undefined;
  #through = 0;
  #onChange = () => {};

  constructor(place: Place, updater: Updater, log: Log) {
    this.#place = place;
    this.#updater = updater;
    this.#log = log;
  }

  get isUp(): boolean {
    return this.#bus?.isUp() ?? false;
  }

  /** The newest diff that was seen. */
  get diff(): DeploymentDiff | undefined {
    return this.#diff;
  }

  /** Calls back after whatever may have changed the installation. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Something else changed the installation. */
  readonly changed = (): void => this.#onChange();

  /**
   * Publishes a trigger and waits until its outcome is reported, whatever was merged on the way. TransientError
   * `BUS_UNREACHABLE` at once without a connection; what the update itself throws.
   */
  async ask(options: RunOptions, reason: string, signal: AbortSignal): Promise<UpdateReport> {
    const { route, instance } = this.#place;
    const bus = this.#bus;
    if (bus === undefined || !bus.isUp())
      throw new TransientError("BUS_UNREACHABLE", "there is no connection to NATS", {
        hint: "the application goes on; look at nats-server and nats.servers",
      });
    const requestId = crypto.randomUUID();
    const event = trigger.create({ route, reason, requestId, targets: [instance], options });
    const { seq } = await bus.publish(event, { signal });
    return this.#answerTo(seq, signal);
  }

  /** Reads the queue until the signal fires. */
  async follow(bus: Bus, signal: AbortSignal): Promise<void> {
    const { route, instance } = this.#place;
    this.#bus = bus;
    const subject = `work.updater.deployment.${route}.${instance}`;
    const consumer = `updater-${route}-${instance}`;
    await this.#remember(bus);
    await bus.addConsumer("WORK_UPDATER", consumer, subject);
    const deliveries = await bus.consume("WORK_UPDATER", consumer, 1);
    const close = () => void deliveries.close();
    signal.addEventListener("abort", close, { once: true });
    if (signal.aborted) close();
    let failures = 0;
    for await (const delivery of deliveries) {
      const beat = setInterval(() => delivery.working(), heartbeatMs);
      try {
        await this.#carryOut(bus, delivery, signal);
        await delivery.ack();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#log.warn({ error, failures }, "update failed, will be tried again");
        this.#settle(Number.POSITIVE_INFINITY, { error });
        delivery.nak(Math.min(longestRetryMs, 500 * 2 ** failures));
      } finally {
        clearInterval(beat);
      }
    }
  }

  async #carryOut(bus: Bus, delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { route, instance } = this.#place;
    const newest = (await bus.last("WORK_UPDATER", delivery.subject)) ?? delivery;
    const diff = deploymentDiff.parse(newest.subject, newest.body);
    // Another replay of what is behind us (I3).
    if (diff.throughSeq < this.#through) return;
    this.#diff = diff;
    const requests = await this.#requests(bus, diff);
    const report: UpdateReport = await this.#carryOutOrSay(
      diff,
      Object.assign({}, ...requests.map(({ options }) => options)) as RunOptions,
    );
    const last = await bus.last("EVENTS", updateApplied.subject({ route, target: instance }));
    const before = last === undefined ? undefined : updateApplied.parse(last.subject, last.body);
    const repeated = before?.diffId === report.diffId && before.result === report.result;
    await bus.publish(updateApplied.create({ ...report, ...(repeated ? { repeated } : {}) }), { signal });
    this.changed();
    for (const { key } of requests) await bus.bucket("requests").remove(key);
    this.#through = diff.throughSeq;
    this.#settle(diff.throughSeq, { report });
  }

  /** What cannot succeed is an outcome; what may, is tried again. */
  async #carryOutOrSay(diff: DeploymentDiff, options: RunOptions): Promise<UpdateReport> {
    try {
      return await this.#updater.carryOut(diff, options);
    } catch (error) {
      // A roll-back that a person began is soon over.
      if (!(error instanceof PermanentError) || error.code === "UPDATE_BUSY") throw error;
      const { route, target, diffId, throughSeq } = diff;
      const words = { code: error.code, reason: error.message, components: [], skipped: [], warnings: [] };
      return { route, target, diffId, throughSeq, result: "failed", ...words };
    }
  }

  /** What people allowed, the oldest first, as far as the diff was computed after it. */
  async #requests(bus: Bus, diff: DeploymentDiff) {
    const bucket = bus.bucket("requests");
    const keys = await bucket.keys(`${this.#place.route}.${this.#place.instance}.*`);
    const found = await Promise.all(
      keys.map(async (key) => ({
        key,
        seq: Number(key.split(".").at(-1)),
        request: (await readJson(bucket, key, RunRequest)).value,
      })),
    );
    return found
      .toSorted((one, other) => one.seq - other.seq)
      .flatMap(({ key, seq, request }) => {
        const isMeant = request?.options.diffId === undefined || request.options.diffId === diff.diffId;
        return request !== undefined && isMeant && seq <= diff.throughSeq ? [{ key, options: request.options }] : [];
      });
  }

  async #remember(bus: Bus): Promise<void> {
    const { route, instance: target } = this.#place;
    const seen = await bus.last("EVENTS", deploymentDiff.subject({ kind: "deployment", route, target }));
    const reported = await bus.last("EVENTS", updateApplied.subject({ route, target }));
    try {
      if (seen !== undefined) this.#diff = deploymentDiff.parse(seen.subject, seen.body);
      if (reported !== undefined) this.#through = updateApplied.parse(reported.subject, reported.body).throughSeq;
    } catch (error) {
      this.#log.warn({ error }, "what was last announced cannot be read");
    }
  }

  #answerTo(seq: number, signal: AbortSignal): Promise<UpdateReport> {
    const { promise, resolve, reject } = Promise.withResolvers<UpdateReport>();
    const waiter: Waiter = {
      seq,
      settle: (answer) => ("report" in answer ? resolve(answer.report) : reject(asError(answer.error))),
    };
    const stop = () => waiter.settle({ error: signal.reason });
    this.#waiters.add(waiter);
    signal.addEventListener("abort", stop, { once: true });
    return promise.finally(() => {
      this.#waiters.delete(waiter);
      signal.removeEventListener("abort", stop);
    });
  }

  #settle(through: number, answer: Answer): void {
    for (const waiter of this.#waiters) if (waiter.seq <= through) waiter.settle(answer);
  }
}

function asError(error: unknown): Error {
  if (error instanceof SyncError || error instanceof Error) return error;
  return new TransientError("UPDATE_FAILED", String(error));
}
