export interface ApiCall {
  readonly kind: "api";
  /** When it arrived, in milliseconds since the epoch, with fractions. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly login: string | undefined;
  readonly operation: string | undefined;
  readonly status: number;
  readonly ms: number;
}

export interface GitCall {
  readonly kind: "git";
  readonly at: number;
  readonly repository: string;
  readonly service: "upload-pack" | "receive-pack";
  /** The advertisement of refs, or the transfer itself. */
  readonly phase: "refs" | "transfer";
  /** For a transfer: what it did. Protocol v2 lists refs by a transfer of its own. */
  readonly command: "ls-refs" | "fetch" | "push" | undefined;
  readonly login: string | undefined;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly ms: number;
}

export type LoggedCall = ApiCall | GitCall;

export interface CallCounts {
  readonly api: number;
  readonly apiReads: number;
  readonly apiWrites: number;
  /** Operation of GitHub’s description (`pulls/list`), or method and path where there is none → how often. */
  readonly byOperation: Readonly<Record<string, number>>;
  readonly fetches: number;
  readonly pushes: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export interface RequestLog {
  add(call: LoggedCall): void;
  /** Calls that arrived at or after `since` (milliseconds since the epoch). */
  calls(since?: number): readonly LoggedCall[];
  counts(since?: number): CallCounts;
  clear(): void;
}

const kept = 100_000;

/** Every call the forge answered, the newest hundred thousand. */
export function createRequestLog(): RequestLog {
  let all: LoggedCall[] = [];
  const calls = (since = 0) => all.filter((call) => call.at >= since);
  return {
    add(call) {
      all.push(call);
      if (all.length > kept * 1.1) all = all.slice(-kept);
    },
    calls,
    counts: (since) => countCalls(calls(since)),
    clear() {
      all = [];
    },
  };
}

/** The instant with fractions of a millisecond, so that calls keep their order. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now();
}

function countCalls(calls: readonly LoggedCall[]): CallCounts {
  const api = calls.filter((call) => call.kind === "api");
  const git = calls.filter((call) => call.kind === "git");
  const byOperation: Record<string, number> = {};
  for (const { method, path, operation } of api) {
    const name = operation ?? `${method} ${path}`;
    byOperation[name] = (byOperation[name] ?? 0) + 1;
  }
  const reads = api.filter((call) => call.method === "GET").length;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  return {
    api: api.length,
    apiReads: reads,
    apiWrites: api.length - reads,
    byOperation,
    fetches: git.filter((call) => call.command === "fetch").length,
    pushes: git.filter((call) => call.command === "push").length,
    requestBytes: sum(git.map((call) => call.requestBytes)),
    responseBytes: sum(git.map((call) => call.responseBytes)),
  };
}
