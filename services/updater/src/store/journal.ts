import { join } from "node:path";
import { z } from "zod";
import type { FileSystem } from "./file-system.ts";
import { replaceFile } from "./folders.ts";

const release = z.int().positive();

/** One step of an update, in the order in which they may follow each other. */
const recordSchema = z.discriminatedUnion("kind", [
  /** From here on `to` is being built and switched to; `from` is null for the first release. */
  z.object({ kind: z.literal("began"), from: release.nullable(), to: release, way: z.string() }),
  z.object({ kind: z.literal("switched") }),
  /** Healthy: the update is over. */
  z.object({ kind: z.literal("confirmed") }),
  /** Given up before the switch. */
  z.object({ kind: z.literal("abandoned") }),
  z.object({ kind: z.literal("rolled-back"), reason: z.string() }),
  /** Not to be tried again while the content has this fingerprint. */
  z.object({ kind: z.literal("held"), fingerprint: z.string(), reason: z.string() }),
  z.object({ kind: z.literal("released"), fingerprint: z.string() }),
  /** Old and new do not run: nothing is tried until a person says so. */
  z.object({ kind: z.literal("terminal"), reason: z.string() }),
  z.object({ kind: z.literal("revived") }),
  z.object({ kind: z.literal("counted"), last: z.int().nonnegative() }),
]);
export type JournalRecord = z.output<typeof recordSchema>;

export interface OpenUpdate {
  readonly from: number | null;
  readonly to: number;
  readonly way: string;
  readonly switched: boolean;
}

/** What the records come to. */
export interface JournalState {
  readonly open: OpenUpdate | undefined;
  /** Fingerprint → why. */
  readonly held: ReadonlyMap<string, string>;
  readonly terminal: string | undefined;
  /** The highest number a release was given. */
  readonly last: number;
}

const noRecords: JournalState = { open: undefined, held: new Map(), terminal: undefined, last: 0 };

/** What is being done, in records that are durable before what they announce is begun. */
export interface Journal {
  readonly state: JournalState;
  add(record: JournalRecord): Promise<void>;
}

const mostRecords = 200;

/** Reads the journal; a last record that was torn by a crash was never acted on and does not count. */
export async function openJournal(files: FileSystem, root: string): Promise<Journal> {
  const path = join(root, "journal");
  const isNew = (await files.look(path)) === undefined;
  const text = isNew ? "" : (await files.read(path)).toString();
  const lines = text.split("\n");
  let state = lines.reduce(readLine, noRecords);
  if (isNew || lines.length > mostRecords || !(text === "" || text.endsWith("\n"))) {
    const kept = recordsOf(state);
    await replaceFile(files, path, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
  }
  return {
    get state() {
      return state;
    },
    async add(record) {
      await files.append(path, `${JSON.stringify(record)}\n`);
      await files.sync(path);
      state = step(state, record);
    },
  };
}

function readLine(state: JournalState, line: string): JournalState {
  if (line === "") return state;
  try {
    return step(state, recordSchema.parse(JSON.parse(line)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return state;
    throw error;
  }
}

/** The state after a record. Pure. */
function step(state: JournalState, record: JournalRecord): JournalState {
  const { open } = state;
  switch (record.kind) {
    case "began":
      return { ...state, open: { ...record, switched: false }, last: Math.max(state.last, record.to) };
    case "switched":
      return { ...state, open: open && { ...open, switched: true } };
    case "confirmed":
    case "abandoned":
    case "rolled-back":
      return { ...state, open: undefined };
    case "held":
      return {
        ...state,
        held: new Map([...state.held, [record.fingerprint, record.reason]].slice(-50) as [string, string][]),
      };
    case "released":
      return { ...state, held: new Map([...state.held].filter(([key]) => key !== record.fingerprint)) };
    case "terminal":
      return { ...state, terminal: record.reason };
    case "revived":
      return { ...state, terminal: undefined };
    case "counted":
      return { ...state, last: Math.max(state.last, record.last) };
  }
}

/** The fewest records that come to this state. */
function recordsOf({ open, held, terminal, last }: JournalState): readonly JournalRecord[] {
  return [
    { kind: "counted", last },
    ...[...held].map(([fingerprint, reason]) => ({ kind: "held" as const, fingerprint, reason })),
    ...(terminal === undefined ? [] : [{ kind: "terminal" as const, reason: terminal }]),
    ...(open === undefined ? [] : [{ kind: "began" as const, from: open.from, to: open.to, way: open.way }]),
    ...(open?.switched ? [{ kind: "switched" as const }] : []),
  ];
}
