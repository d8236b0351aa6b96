import { changeDetected, prPublished, RouteName, trigger, type PrPublished } from "@lockstep/shared/contracts";
import type { StoredMessage } from "@lockstep/shared/runtime";
import { route, type World } from "./world.ts";

/** Sends a trigger and waits for the last outcome that covers it. */
export async function triggerAndWait(world: Pick<World, "bus" | "event">): Promise<PrPublished> {
  const requestId = crypto.randomUUID();
  const { seq } = await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId }));
  const change = await world.event((message) => isChangeBy(message, String(seq)), seq);
  const outcome = await world.event((message) => covers(message, change.seq), change.seq);
  return prPublished.parse(outcome.subject, outcome.body);
}

function isChangeBy({ subject, body }: StoredMessage, id: string): boolean {
  return subject.startsWith("lockstep.change-detected.") && changeDetected.parse(subject, body).trigger.id === id;
}

/** Whether the message is the last outcome of a run that covers the change. */
export function covers({ subject, body }: StoredMessage, changeSeq: number): boolean {
  if (!subject.startsWith("lockstep.pr-published.")) return false;
  const { throughSeq, remaining } = prPublished.parse(subject, body);
  return throughSeq >= changeSeq && remaining === 0;
}
