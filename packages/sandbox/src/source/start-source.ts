import fastify, { type FastifyInstance } from "fastify";
import { createFaults } from "../fault-set.ts";
import { createCatalogEditor, type CatalogEditor } from "./edit-catalogs.ts";
import type { SourceEffect, SourceFault, SourceFaults } from "./effects.ts";
import { createFolderCatalogs } from "./folder-catalogs.ts";
import { openHistory, type History, type HistoryOptions, type Revision } from "./history-catalogs.ts";
import { createMemoryCatalogs, type Records } from "./memory-catalogs.ts";
import { serveApi, type SeenRequest, type SourceWorld } from "./serve-api.ts";
import { servePages } from "./serve-pages.ts";

interface CommonOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default `/api/model_references/v1`. */
  readonly basePath?: string;
  /** Whether answers carry ETag and Last-Modified; default: yes. */
  readonly validators?: boolean;
  /** Whether there are metadata endpoints; default: yes. Otherwise they are 404. */
  readonly metadata?: boolean;
}

export interface CatalogOptions extends CommonOptions {
  /** A folder of `CATEGORY.json` files, or the records by category. */
  readonly catalogs: string | Readonly<Record<string, Records>>;
}

export interface HistorySourceOptions extends CommonOptions {
  readonly history: HistoryOptions;
}

/** A source of records on 127.0.0.1, like AI-Horde's PRIMARY. */
export interface Source extends AsyncDisposable {
  /** For `source.url`: with the base path. */
  readonly url: string;
  /** Where the page to edit records is. */
  readonly pageUrl: string;
  readonly faults: SourceFaults;
  /** Every request of the API, oldest first. */
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export type EditableSource = Source & CatalogEditor;

/** A source that plays the revisions of a file back, each served byte for byte. */
export interface PlayedSource extends Source {
  readonly revisions: readonly Revision[];
  current(): Revision;
  /** Goes to the next revision; undefined: there is none. */
  advance(): Revision | undefined;
  /** By index, negative from the end, or by commit. Throws where there is none. */
  goTo(revision: number | string): Revision;
}

/** Starts a source, of catalogs to edit or of a history to play back. */
export function startSource(options: CatalogOptions): Promise<EditableSource>;
export function startSource(options: HistorySourceOptions): Promise<PlayedSource>;
export async function startSource(
  options: CatalogOptions | HistorySourceOptions,
): Promise<EditableSource | PlayedSource> {
  if ("history" in options) return await startPlayed(options);
  const { catalogs } = options;
  const store = typeof catalogs === "string" ? createFolderCatalogs(catalogs) : createMemoryCatalogs(catalogs);
  const editor = createCatalogEditor(store);
  return { ...editor, ...(await listen(options, { catalogs: store, editor })) };
}

async function startPlayed(options: HistorySourceOptions): Promise<PlayedSource> {
  const history = await openHistory(options.history);
  const editor = createCatalogEditor(history.catalogs);
  const source = await listen(options, { catalogs: history.catalogs, editor });
  const close = async () => {
    await source.close();
    await history[Symbol.asyncDispose]();
  };
  return { ...source, ...playerOf(history), close, [Symbol.asyncDispose]: close };
}

function playerOf(history: History): Pick<PlayedSource, "revisions" | "current" | "advance" | "goTo"> {
  const { revisions } = history;
  return {
    revisions,
    current: () => history.current(),
    advance() {
      const next = history.current().index + 1;
      return next < revisions.length ? history.goTo(next) : undefined;
    },
    goTo: (revision) => history.goTo(revision),
  };
}

interface Parts {
  readonly catalogs: SourceWorld["catalogs"];
  readonly editor: CatalogEditor;
}

async function listen(options: CommonOptions, { catalogs, editor }: Parts): Promise<Source> {
  const ended = new AbortController();
  const requests: SeenRequest[] = [];
  const { basePath = "/api/model_references/v1", validators = true, metadata = true, port = 0 } = options;
  const faults = createFaults<SourceEffect>();
  const world: SourceWorld = { basePath, catalogs, faults, validators, metadata, requests, ended: ended.signal };
  const app = fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 500 } });
  serveApi(app, world);
  serveControl(app, world);
  servePages(app, editor);
  const pageUrl = await app.listen({ host: "127.0.0.1", port });
  const close = async () => {
    ended.abort();
    await app.close();
  };
  return { url: pageUrl + basePath, pageUrl, faults, requests, close, [Symbol.asyncDispose]: close };
}

/** Faults and the request log for who is in another process. */
function serveControl(app: FastifyInstance, { faults, requests }: SourceWorld): void {
  app.post("/_sandbox/faults", (request, reply) => reply.code(201).send(faults.add(request.body as SourceFault)));
  app.get("/_sandbox/faults", () => faults.list());
  app.delete("/_sandbox/faults", (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
  app.get("/_sandbox/log", () => requests);
}
