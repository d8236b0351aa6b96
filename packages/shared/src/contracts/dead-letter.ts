import { z } from "zod";
import { defineEvent, subjectRoot, type EventData } from "./define-event.ts";
import { RouteName, TargetName } from "./names.ts";

/** A delivery nobody could carry out. The original event rides along to be read, never to be sent again. */
const fields = z.object({
  service: z.string().regex(/^[a-z]+$/),
  route: RouteName,
  target: TargetName.optional(),
  code: z.string(),
  message: z.string().max(4000),
  attempts: z.int().positive(),
  /** EVENTS sequence of the event that failed. */
  seq: z.int().nonnegative(),
  event: z.object({ subject: z.string(), data: z.unknown() }),
});

const routeLetter = defineEvent({
  name: "dead",
  data: fields,
  tokens: ["service", "route"],
  id: ({ service, route, target, seq }) =>
    `dead:${service}:${target === undefined ? route : `${route}.${target}`}:${seq}`,
});

/** Dead letters: `lockstep.dead.<service>.<route>[.<target>]`. */
export const deadLetter = {
  ...routeLetter,
  create(data: z.input<typeof fields>) {
    const event = routeLetter.create(data);
    return data.target === undefined ? event : { ...event, subject: `${event.subject}.${data.target}` };
  },
  parse(subject: string, body: string): DeadLetter {
    const tokens = subject.split(".");
    const data = routeLetter.parse(tokens.slice(0, 4).join("."), body);
    return tokens.length > 4 ? fields.parse({ ...data, target: tokens.slice(4).join(".") }) : data;
  },
  everySubject: `${subjectRoot}.dead.>`,
};
export type DeadLetter = EventData<typeof routeLetter>;
