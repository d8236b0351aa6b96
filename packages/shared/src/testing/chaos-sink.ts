import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What a run tells the sink. */
export interface SinkMessage {
  readonly what: "begin" | "commit" | "abandon";
  readonly key: string;
  /** Names the run. */
  readonly run: string;
  readonly pid: number;
  /** EVENTS sequence of the change that is carried out. */
  readonly seq: number;
  /** For a commit: the version that the answer to `begin` named. */
  readonly seen: number;
}

/** What a process does in its first moments after it was frozen, it may have decided before. */
const wakingMs = 500;

interface OpenRun {
  readonly key: string;
  readonly pid: number;
  wasFrozen: boolean;
}

interface Place {
  /** Grows with every commit: what a push with a lease compares. */
  version: number;
  seq: number;
}

export interface ChaosFigures {
  readonly runs: number;
  /** Two runs of a key at once, neither of a process that was frozen. */
  readonly overlaps: number;
  readonly overlapsAfterFreeze: number;
  /** Commits that were refused because they had not seen the last one. */
  readonly fenced: number;
  /** Commits that put an older change over a newer one. */
  readonly regressions: number;
  /** Milliseconds from the death of a run to the next run of its key. */
  readonly takeovers: readonly number[];
}

/** Something outside of Lockstep that runs write to, as to a git remote, and that judges them. */
export interface ChaosSink extends AsyncDisposable {
  readonly url: string;
  seqOf(key: string): number;
  /** The replica with the most runs under way. */
  busiest(pids: readonly number[]): number | undefined;
  died(pid: number): void;
  froze(pid: number): void;
  thawed(pid: number): void;
  figures(): ChaosFigures;
}

export async function startChaosSink(): Promise<ChaosSink> {
  const judge = createJudge();
  const server = createServer((request, response) => {
    void answer(judge, request).then((result) => response.end(JSON.stringify(result)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...judge,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answer(judge: Judge, request: IncomingMessage): Promise<unknown> {
  const message = (await json(request)) as SinkMessage;
  return judge[message.what](message);
}

type Judge = ReturnType<typeof createJudge>;

function createJudge() {
  const places = new Map<string, Place>();
  const open = new Map<string, OpenRun>();
  const orphans = new Map<string, number>();
  const takeovers: number[] = [];
  const counts = { runs: 0, overlaps: 0, overlapsAfterFreeze: 0, fenced: 0, regressions: 0 };
  const placeOf = (key: string) => {
    const place = places.get(key) ?? { version: 0, seq: 0 };
    places.set(key, place);
    return place;
  };
  const frozenUntil = new Map<number, number>();
  const isFrozen = (pid: number) => (frozenUntil.get(pid) ?? 0) > performance.now();
  const runsOf = (pid: number) => [...open].filter(([, run]) => run.pid === pid);

  return {
    begin({ key, run, pid }: SinkMessage) {
      counts.runs += 1;
      const others = [...open.values()].filter((other) => other.key === key);
      const wasFrozen = isFrozen(pid);
      const isExcused = wasFrozen || others.some((other) => other.wasFrozen);
      if (others.length > 0 && isExcused) counts.overlapsAfterFreeze += 1;
      else if (others.length > 0) counts.overlaps += 1;
      const orphanedAt = orphans.get(key);
      if (orphanedAt !== undefined) takeovers.push(performance.now() - orphanedAt);
      orphans.delete(key);
      open.set(run, { key, pid, wasFrozen });
      return { version: placeOf(key).version };
    },
    commit({ key, run, seq, seen }: SinkMessage) {
      open.delete(run);
      const place = placeOf(key);
      if (seen !== place.version) {
        counts.fenced += 1;
        return { isAccepted: false };
      }
      if (seq < place.seq) counts.regressions += 1;
      place.seq = seq;
      place.version += 1;
      return { isAccepted: true };
    },
    abandon({ run }: SinkMessage) {
      open.delete(run);
      return {};
    },
    seqOf: (key: string) => placeOf(key).seq,
    busiest: (pids: readonly number[]) => pids.toSorted((one, other) => runsOf(other).length - runsOf(one).length)[0],
    died(pid: number) {
      for (const [name, run] of runsOf(pid)) {
        open.delete(name);
        orphans.set(run.key, performance.now());
      }
    },
    froze(pid: number) {
      frozenUntil.set(pid, Number.POSITIVE_INFINITY);
      for (const [, run] of runsOf(pid)) run.wasFrozen = true;
    },
    thawed: (pid: number) => void frozenUntil.set(pid, performance.now() + wakingMs),
    figures: (): ChaosFigures => ({ ...counts, takeovers }),
  };
}
