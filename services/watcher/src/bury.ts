import { deadLetter, RouteName } from "@lockstep/shared/contracts";
import { redact, type Bus, type Delivery, type PermanentError } from "@lockstep/shared/runtime";

/** Writes the dead letter of an event that nobody can carry out. */
export async function bury(bus: Bus, delivery: Delivery, error: PermanentError): Promise<void> {
  const name = RouteName.safeParse(delivery.subject.split(".")[2]);
  // A subject that is no route's cannot be one of a dead letter either: the log line is all there is.
  if (!name.success) return;
  const letter = deadLetter.create({
    service: "watcher",
    route: name.data,
    code: error.code,
    message: redact(`${error.message}${error.hint === undefined ? "" : ` (${error.hint})`}`).slice(0, 4000),
    attempts: 1,
    seq: delivery.seq,
    event: { subject: delivery.subject, data: redact(delivery.body).slice(0, 10_000) },
  });
  await bus.publish(letter, { trace: delivery.trace });
}
