import { Readable } from "node:stream";
import { TransientError, type PermanentError } from "@lockstep/shared/runtime";
import { gitError } from "../git-error.ts";
import { buildPack } from "./build-pack.ts";
import { askService } from "./http-service.ts";
import { flush, pktLine, readPktLines } from "./pkt-line.ts";
import type { RefChange } from "./plan-ref-updates.ts";
import type { PushQuestion, PushReport } from "./push-refs.ts";

/** Under this a pack is sent with its length: hosts refuse a body without one when they need not. */
const wholeUpTo = 1024 ** 2;

/**
 * Pushes by one POST to git-receive-pack: https://git-scm.com/docs/gitprotocol-pack, "Pushing Data To a Server". The
 * host's list of refs is not asked for: each command carries the value that the ref must have, and the host compares
 * it when it moves the ref. That is the lease (I8), and it spares 4 MB and a second at 55,000 refs.
 */
export async function pushOverHttp(question: PushQuestion, signal: AbortSignal): Promise<PushReport> {
  const { remote, changes, cacheFolder, present } = question;
  const commands = Buffer.from([...changes.map(command), flush].join(""));
  const wanted = changes.flatMap(({ to }) => to ?? []);
  const pack = wanted.length === 0 ? [] : buildPack({ folder: cacheFolder, wanted, present }, signal);
  const body = await readyBody(commands, pack);
  const answer: Buffer[] = [];
  for await (const chunk of await askService(remote, { service: "git-receive-pack", body }, signal)) answer.push(chunk);
  return readReport(Buffer.concat(answer));
}

function command({ ref, from, to }: RefChange, index: number): string {
  const zeros = "0".repeat((from ?? to ?? "").length);
  const sha256 = zeros.length === 64 ? " object-format=sha256" : "";
  const capabilities = index === 0 ? `\0 report-status side-band-64k delete-refs agent=lockstep${sha256}` : "";
  return pktLine(`${from ?? zeros} ${to ?? zeros} ${ref}${capabilities}`);
}

/** Whole if it is small; otherwise a stream, which fails when the pack does. */
async function readyBody(
  commands: Buffer,
  pack: AsyncIterable<Buffer> | readonly Buffer[],
): Promise<Buffer | Readable> {
  const chunks = [commands];
  let length = commands.length;
  const source = Readable.from(pack, { objectMode: false });
  const reading = source.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for await (const chunk of reading) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > wholeUpTo) return Readable.from(followed(chunks, source), { objectMode: false });
  }
  return Buffer.concat(chunks);
}

async function* followed(chunks: readonly Buffer[], rest: Readable): AsyncGenerator<Buffer> {
  yield* chunks;
  for await (const chunk of rest) yield chunk as Buffer;
}

/** Reads `unpack ok`, then `ok <ref>` or `ng <ref> <reason>` for each: same page, "Report Status". */
function readReport(answer: Buffer): PushReport {
  const { report, words } = splitBands(answer);
  const lines = readPktLines(report)?.filter((line) => Buffer.isBuffer(line)) ?? [];
  const [unpack = "", ...statuses] = lines.map((line) => line.toString().trimEnd());
  if (unpack === "")
    throw new TransientError("GIT_UNREACHABLE", `git push: the remote did not say what became of it: ${words}`, {
      hint: "The connection was cut, or the host is overloaded: what it has is read, and the rest pushed again.",
    });
  if (unpack !== "unpack ok") throw unpackError(`${words} ${unpack}`);
  const accepted = new Set<string>();
  const refused = new Map<string, string>();
  for (const status of statuses) {
    const [kind, ref = "", ...reason] = status.split(" ");
    if (kind === "ok") accepted.add(ref);
    else refused.set(ref, reason.join(" ") || "no reason given");
  }
  return { accepted, refused, words };
}

/** Band 1 carries the report, 2 the host's words, 3 its last words. */
function splitBands(answer: Buffer): { readonly report: Buffer; readonly words: string } {
  const bands: [Buffer[], Buffer[]] = [[], []];
  for (const line of readPktLines(answer) ?? []) {
    if (!Buffer.isBuffer(line)) continue;
    const text = line.toString("latin1", 0, 4);
    if (text === "ERR ") throw gitError(["push"], `remote: ${line.toString().slice(4)}`);
    // A host that ignores the bands answers with the report itself.
    if (text === "unpa") return { report: answer, words: "" };
    if (line[0] === 3) throw gitError(["push"], `remote: ${line.subarray(1).toString()}`);
    bands[line[0] === 1 ? 0 : 1].push(line.subarray(1));
  }
  return { report: Buffer.concat(bands[0]), words: Buffer.concat(bands[1]).toString().trim().slice(0, 1000) };
}

function unpackError(words: string): PermanentError | TransientError {
  if (/No space left|quota/i.test(words)) return gitError(["push"], `remote: ${words}`);
  return new TransientError("GIT_PUSH_INCOMPLETE", `the remote could not unpack what was sent: ${words}`, {
    hint: "It may have lost objects, or its disk is full: its refs are read and everything missing is sent again.",
  });
}
