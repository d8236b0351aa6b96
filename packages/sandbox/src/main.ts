import { parseArgs } from "node:util";
import { startForge } from "./forge/forge.ts";
import { startSource } from "./source/start-source.ts";

const usage = `usage: main.ts forge [--port N] [--folder F] [--token T]
       main.ts source --catalogs FOLDER [--port N]
       main.ts source --history REPOSITORY --path FILE --category NAME [--port N]
Prints one line of JSON with the addresses, and serves until it is interrupted.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string" },
    folder: { type: "string" },
    token: { type: "string" },
    catalogs: { type: "string" },
    history: { type: "string" },
    path: { type: "string" },
    category: { type: "string" },
  },
});

const started = await start(positionals[0]);
if (started === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const { close, shown } = started;
  process.stdout.write(`${JSON.stringify(shown)}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

interface Started {
  readonly shown: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

/** Starts what the command names; undefined: wrong usage. */
async function start(what: string | undefined): Promise<Started | undefined> {
  const port = Number(values.port ?? 0);
  const { folder, token, catalogs, history: repository, path, category } = values;
  if (what === "forge") {
    const forge = await startForge({ port, ...(folder && { folder }), ...(token && { token }) });
    return withAddresses(forge, { url: forge.url, apiUrl: forge.apiUrl, token: forge.token });
  }
  if (what !== "source") return undefined;
  const isHistory = repository !== undefined && path !== undefined && category !== undefined;
  if (catalogs === undefined && !isHistory) return undefined;
  const source = isHistory
    ? await startSource({ port, history: { repository, path, category } })
    : await startSource({ port, catalogs: catalogs ?? "." });
  return withAddresses(source, { url: source.url, pageUrl: source.pageUrl });
}

interface Closable {
  close(): Promise<void>;
}

function withAddresses(service: Closable, shown: Readonly<Record<string, string>>): Started {
  return { shown, close: () => service.close() };
}
