import type { Command } from "commander";
import { subjectRoot } from "@lockstep/shared/contracts";
import type { Bus, StoredMessage } from "@lockstep/shared/runtime";
import { describeEvent } from "../describe-event.ts";
import { openBus, withBus, type BusOptions } from "../open-bus.ts";
import { printLine } from "../print.ts";
import { untilStopped } from "../until-stopped.ts";

export function addTail(program: Command): void {
  withBus(program.command("tail"))
    .description("follow the events, of all routes or of one")
    .argument("[route]", "only this route")
    .option("--from <sequence>", "begin with this event instead of now")
    .option("--json", "print one JSON object a line")
    .addHelpText("after", "\nExample:\n  lockstep tail text-models --json")
    .action(async (route: string | undefined, options: BusOptions & { from?: string; json?: true }) => {
      const signal = untilStopped();
      await using bus = await openBus(options, signal);
      const from = options.from === undefined ? {} : { from: Number(options.from) };
      for await (const message of followAll(bus, { signal, ...from }))
        if (route === undefined || message.subject.split(".").includes(route))
          printLine(options.json ? asJson(message) : describeEvent(message));
    });
}

export interface Follow {
  readonly signal: AbortSignal;
  /** Sequence of EVENTS to begin with; absent: now. */
  readonly from?: number;
  /** The same of DEAD. */
  readonly fromDead?: number;
}

/** Events and dead letters in one stream of messages. */
export async function* followAll(bus: Bus, { signal, from, fromDead }: Follow): AsyncGenerator<StoredMessage> {
  const events = { subjects: [`${subjectRoot}.>`], signal, ...(from === undefined ? {} : { from }) };
  const letters = {
    subjects: [`${subjectRoot}.dead.>`],
    signal,
    ...(fromDead === undefined ? {} : { from: fromDead }),
  };
  yield* merge([bus.tail("EVENTS", events), bus.tail("DEAD", letters)]);
}

async function* merge<Item>(sources: readonly AsyncIterable<Item>[]): AsyncGenerator<Item> {
  const pending = new Map<AsyncIterator<Item>, Promise<{ from: AsyncIterator<Item>; result: IteratorResult<Item> }>>();
  const ask = (from: AsyncIterator<Item>) =>
    pending.set(
      from,
      from.next().then((result) => ({ from, result })),
    );
  for (const source of sources) ask(source[Symbol.asyncIterator]());
  try {
    while (pending.size > 0) {
      const { from, result } = await Promise.race(pending.values());
      if (result.done) pending.delete(from);
      else {
        ask(from);
        yield result.value;
      }
    }
  } finally {
    for (const iterator of pending.keys()) void iterator.return?.();
  }
}

function asJson({ subject, seq, time, id, body }: StoredMessage): string {
  const data: unknown = body === "" ? {} : parse(body);
  return JSON.stringify({ subject, seq, time, id, data });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
