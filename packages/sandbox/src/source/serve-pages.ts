import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { html } from "../page/html.ts";
import { layout, pageHeaders, type Page } from "../page/layout.ts";
import { readForm } from "../page/read-form.ts";
import { EditRefusedError } from "./catalogs.ts";
import type { CatalogEditor } from "./edit-catalogs.ts";

interface CategoryQuery {
  readonly search?: string;
  readonly name?: string;
}

type PageRequest = FastifyRequest<{ Params: { category: string }; Querystring: CategoryQuery }>;

const most = 200;

/** A small page to edit the records by: plain forms, no script. */
export function servePages(app: FastifyInstance, editor: CatalogEditor): void {
  readForm(app);
  app.get("/", async (_request, reply) => await show(reply, await homePage(editor)));
  app.get("/edit/:category", async ({ params, query }: PageRequest, reply) => {
    const records = await editor.records(params.category);
    return await show(reply, records && categoryPage(params.category, records, query.search ?? ""));
  });
  app.get("/edit/:category/record", async ({ params, query }: PageRequest, reply) => {
    const { name = "" } = query;
    const record = (await editor.records(params.category))?.[name];
    const text = record === undefined ? "{\n}" : JSON.stringify(record, undefined, 2);
    return await show(reply, recordPage({ category: params.category, name, text, isNew: record === undefined }));
  });
  app.post("/edit/:category/save", async (request: PageRequest, reply) => await save(editor, request, reply));
  app.post("/edit/:category/delete", async (request: PageRequest, reply) => await remove(editor, request, reply));
}

async function save(editor: CatalogEditor, request: PageRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { category } = request.params;
  const form = request.body as URLSearchParams;
  const [name, text] = [form.get("name")?.trim() ?? "", form.get("record") ?? ""];
  const isNew = form.get("new") !== null;
  return await edit(reply, {
    change: () => editor.setRecordText(category, name, text),
    next: recordAddress(category, name),
    refused: (fault) => recordPage({ category, name, text, isNew, fault }),
  });
}

async function remove(editor: CatalogEditor, request: PageRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { category } = request.params;
  const name = (request.body as URLSearchParams).get("name") ?? "";
  const text = JSON.stringify((await editor.records(category))?.[name], undefined, 2);
  return await edit(reply, {
    change: () => editor.deleteRecord(category, name),
    next: `/edit/${encodeURIComponent(category)}`,
    refused: (fault) => recordPage({ category, name, text, isNew: false, fault }),
  });
}

interface Edit {
  readonly change: () => Promise<void>;
  /** The page to go to when it is done. */
  readonly next: string;
  readonly refused: (fault: string) => Page;
}

/** Post, redirect, get; a refused edit shows its form again, with what was typed. */
async function edit(reply: FastifyReply, { change, next, refused }: Edit): Promise<FastifyReply> {
  try {
    await change();
    return await reply.redirect(next, 303);
  } catch (error) {
    if (!(error instanceof EditRefusedError)) throw error;
    return await reply
      .code(422)
      .headers(pageHeaders)
      .send(layout(refused(error.message)));
  }
}

async function show(reply: FastifyReply, page: Page | undefined): Promise<FastifyReply> {
  if (page !== undefined) return await reply.headers(pageHeaders).send(layout(page));
  return await reply
    .code(404)
    .headers(pageHeaders)
    .send(layout({ title: "Not found", trail: [home], body: "" }));
}

const home = ["Catalogs", "/"] as const;

function recordAddress(category: string, name: string): string {
  return `/edit/${encodeURIComponent(category)}/record?name=${encodeURIComponent(name)}`;
}

async function homePage(editor: CatalogEditor): Promise<Page> {
  const rows = await Promise.all(
    (await editor.categories()).map(async (category) => {
      const count = Object.keys((await editor.records(category)) ?? {}).length;
      return html`<li>
        <a href="/edit/${encodeURIComponent(category)}">${category}</a> <small>${count} records</small>
      </li>`;
    }),
  );
  const body =
    rows.length === 0
      ? html`<p class="empty">No catalogs.</p>`
      : html`<ul class="rows">
          ${rows}
        </ul>`;
  return { title: "Catalogs", trail: [home], body };
}

function categoryPage(category: string, records: Readonly<Record<string, unknown>>, search: string): Page {
  const address = `/edit/${encodeURIComponent(category)}`;
  const found = Object.keys(records).filter((name) => name.toLowerCase().includes(search.toLowerCase()));
  const rows = found
    .slice(0, most)
    .map((name) => html`<li><a href="${recordAddress(category, name)}">${name}</a></li>`);
  const more = found.length > most ? html`<p class="soft">… and ${found.length - most} more: search for them.</p>` : "";
  return {
    title: category,
    trail: [home, [category, address]],
    body: html`<form method="get" action="${address}" role="search">
        <label>Name contains <input name="search" type="search" value="${search}" /></label> <button>Search</button>
      </form>
      <p><a href="${recordAddress(category, "")}">Add a record</a></p>
      ${
        rows.length === 0
          ? html`<p class="empty">No records found.</p>`
          : html`<ul class="rows">
              ${rows}
            </ul>`
      }
      ${more}`,
  };
}

interface ShownRecord {
  readonly category: string;
  readonly name: string;
  readonly text: string;
  readonly isNew: boolean;
  readonly fault?: string;
}

function recordPage({ category, name, text, isNew, fault }: ShownRecord): Page {
  const address = `/edit/${encodeURIComponent(category)}`;
  const naming = isNew
    ? html`<label>Name <input name="name" value="${name}" required /></label>
        <input type="hidden" name="new" value="1" />`
    : html`<input type="hidden" name="name" value="${name}" />`;
  const removal = html`<form method="post" action="${address}/delete">
    <input type="hidden" name="name" value="${name}" /><button>Delete this record</button>
  </form>`;
  return {
    title: isNew ? "New record" : name,
    trail: [home, [category, address], [isNew ? "New record" : name, recordAddress(category, name)]],
    fault,
    body: html`<form class="tall" method="post" action="${address}/save">
        ${naming}
        <label for="record">Record, as JSON</label>
        <textarea id="record" name="record" spellcheck="false">${text}</textarea>
        <div><button>Save</button></div>
      </form>
      ${isNew ? "" : removal}`,
  };
}
