import type { z } from "zod";

/** The first token of every subject. */
export const subjectRoot = "lockstep";

/** An event ready to be published: where, under which id, and what. */
export interface OutgoingEvent {
  readonly subject: string;
  /** De-duplication id, made of the cause (I3). */
  readonly id: string;
  /** CloudEvents type, `lockstep.<name>.v1`. */
  readonly type: string;
  readonly data: unknown;
}

interface Definition<Schema extends z.ZodObject, Token extends keyof z.infer<Schema> & string> {
  readonly name: string;
  readonly data: Schema;
  /** The fields that follow the event's name in its subject, in this order. */
  readonly tokens: readonly Token[];
  readonly id: (data: z.infer<Schema>) => string;
}

export interface EventContract<Schema extends z.ZodObject> {
  readonly name: string;
  readonly type: string;
  readonly schema: Schema;
  /** Every subject of this event: `lockstep.<name>.>`. */
  readonly everySubject: string;
  /** Checks the data and gives it subject and id. Throws a ZodError on data that breaks the schema. */
  create(data: z.input<Schema>): OutgoingEvent;
  /** The subject for the given tokens; a token left out is the wildcard `*`. */
  subject(tokens: Partial<Record<string, string>>): string;
  /**
   * Reads a received event. The subject is what permissions were checked against, so its tokens
   * win over fields of the same name; an empty body is an empty object.
   * Throws a SyntaxError on broken JSON and a ZodError on data that breaks the schema.
   */
  parse(subject: string, body: string): z.infer<Schema>;
}

export type EventData<Contract> = Contract extends EventContract<infer Schema> ? z.infer<Schema> : never;

/** Puts schema, subject and id of an event in one place. */
export function defineEvent<Schema extends z.ZodObject, Token extends keyof z.infer<Schema> & string>(
  definition: Definition<Schema, Token>,
): EventContract<Schema> {
  const { name, data: schema, tokens, id } = definition;
  const type = `${subjectRoot}.${name}.v1`;
  const subject = (values: Partial<Record<string, string>>): string =>
    [subjectRoot, name, ...tokens.map((token) => values[token] ?? "*")].join(".");
  return {
    name,
    type,
    schema,
    everySubject: `${subjectRoot}.${name}.>`,
    subject,
    create(input) {
      const data = schema.parse(input);
      return { subject: subject(data as Partial<Record<string, string>>), id: id(data), type, data };
    },
    parse(received, body) {
      const json: unknown = body.trim() === "" ? {} : JSON.parse(body);
      const isRecord = typeof json === "object" && json !== null && !Array.isArray(json);
      return schema.parse(isRecord ? { ...json, ...readTokens(received, tokens) } : json);
    },
  };
}

/** The last field takes whatever is left, so that a subject with a token too many does not pass for another. */
function readTokens(subject: string, names: readonly string[]): Record<string, string | undefined> {
  const values = subject.split(".").slice(2);
  const rest = values.slice(names.length - 1).join(".");
  return Object.fromEntries(names.map((name, index) => [name, index === names.length - 1 ? rest : values[index]]));
}
