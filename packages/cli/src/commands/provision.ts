import type { Command } from "commander";
import { ackWaitMs, readLimits } from "@lockstep/shared/runtime";
import { openBus, withBus, type BusOptions } from "../open-bus.ts";
import { printLine } from "../print.ts";
import { untilStopped } from "../until-stopped.ts";

export function addProvision(program: Command): void {
  withBus(program.command("provision"))
    .description("create or update streams, consumers and buckets; safe to repeat")
    .option("--replicas <n>", "copies of each stream: 1 on one node, 3 on a cluster", "1")
    .addHelpText("after", "\nExample:\n  lockstep provision --nats nats://127.0.0.1:4222")
    .action(async (options: BusOptions & { replicas: string }) => {
      await using bus = await openBus(options, untilStopped());
      await bus.provision({ replicas: Number(options.replicas), ackWaitMs: ackWaitMs(readLimits(process.env)) });
      printLine("streams, consumers and buckets are as they should be");
    });
}
