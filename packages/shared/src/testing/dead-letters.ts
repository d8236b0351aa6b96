import { deadLetter, type DeadLetter } from "../contracts/dead-letter.ts";
import type { Bus } from "../runtime/bus/bus.ts";

/** Every dead letter there is, oldest first. */
export async function deadLettersOf(bus: Bus): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const last = (await bus.last("DEAD", ">"))?.seq ?? 0;
  for (let seq = 1; seq <= last; seq += 1) {
    const message = await bus.at("DEAD", seq);
    if (message?.subject.startsWith("lockstep.dead.")) letters.push(deadLetter.parse(message.subject, message.body));
  }
  return letters;
}
