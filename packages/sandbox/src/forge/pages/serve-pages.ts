import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { layout, pageHeaders, type Page } from "../../page/layout.ts";
import { readForm } from "../../page/read-form.ts";
import { closePull } from "../follow-refs.ts";
import type { MergeMethod } from "../git/merge-branches.ts";
import { reopenPull } from "../rest/change-pull.ts";
import { mergePull } from "../rest/merge-pull.ts";
import { ApiError } from "../rest/operation.ts";
import { inTurn } from "../rest/perform.ts";
import { findRepository, rememberContent, userOf, type Pull, type Repository } from "../state.ts";
import type { World } from "../world.ts";
import { filePage, homePage, repositoryPage } from "./repository-pages.ts";
import { diffOf, pullPage, pullsPage } from "./pull-pages.ts";

interface Params {
  readonly owner: string;
  readonly name: string;
  readonly number?: string;
  readonly "*"?: string;
}

type PageRequest = FastifyRequest<{ Params: Params; Querystring: { readonly state?: string } }>;

/** Pages for a person: what GitHub shows of repositories and pull requests, with the buttons the demo needs. */
export function servePages(app: FastifyInstance, world: World): void {
  readForm(app);
  const show = (reply: FastifyReply, page: Page | undefined) =>
    page === undefined
      ? reply.code(404).headers(pageHeaders).send(layout(missing))
      : reply.headers(pageHeaders).send(layout(page));
  const find = ({ params }: PageRequest) => findRepository(world.state, `${params.owner}/${params.name}`);
  app.get("/", (_request, reply) => show(reply, homePage(world)));
  app.get("/:owner/:name", async (request: PageRequest, reply) => {
    const repository = find(request);
    return show(reply, repository && (await repositoryPage(world, repository)));
  });
  app.get("/:owner/:name/pulls", (request: PageRequest, reply) => {
    const repository = find(request);
    return show(reply, repository && pullsPage(repository, request.query.state ?? "open"));
  });
  app.get("/:owner/:name/blob/*", async (request: PageRequest, reply) => {
    const repository = find(request);
    return show(reply, repository && (await filePage(world, repository, request.params["*"] ?? "")));
  });
  app.get("/:owner/:name/pull/:number", async (request: PageRequest, reply) => {
    const found = findPull(world, request);
    if (found === undefined) return show(reply, undefined);
    if (request.params.number?.endsWith(".diff") === true)
      return reply.type("text/plain; charset=utf-8").send(await diffOf(world, found.repository, found.pull));
    return show(reply, await pullPage(world, found.repository, { pull: found.pull }));
  });
  serveButtons(app, world);
}

const missing: Page = { title: "Not found", trail: [["Repositories", "/"]], body: "" };

interface Found {
  readonly repository: Repository;
  readonly pull: Pull;
}

function findPull(world: World, { params }: PageRequest): Found | undefined {
  const repository = findRepository(world.state, `${params.owner}/${params.name}`);
  const pull = repository?.pulls.get(Number.parseInt(params.number ?? "", 10));
  return repository === undefined || pull === undefined ? undefined : { repository, pull };
}

const person = "mona";
const buttons = ["merge", "close", "reopen"] as const;

function serveButtons(app: FastifyInstance, world: World): void {
  for (const button of buttons)
    app.post(`/:owner/:name/pull/:number/${button}`, async (request: PageRequest, reply) => {
      const found = findPull(world, request);
      if (found === undefined) return reply.code(404).headers(pageHeaders).send(layout(missing));
      const fault = await press(world, button, { ...found, form: request.body as URLSearchParams });
      const { owner, name, number } = request.params;
      if (fault === undefined) return reply.redirect(`/${owner}/${name}/pull/${number}`, 303);
      const page = await pullPage(world, found.repository, { pull: found.pull, fault });
      return reply.code(422).headers(pageHeaders).send(layout(page));
    });
}

interface Press extends Found {
  readonly form: URLSearchParams;
}

/** Does what the button says; what GitHub would answer to it otherwise. */
async function press(world: World, button: (typeof buttons)[number], { repository, pull, form }: Press) {
  try {
    await inTurn(repository, async () => {
      rememberContent(repository);
      if (button === "close") return void closePull(world, repository, { pull, by: person });
      if (button === "reopen")
        return void (await reopenPull({ world, repository, user: userOf(world.state, person) }, pull));
      const method = (form.get("method") ?? "merge") as MergeMethod;
      return void (await mergePull(world, repository, { pull, method, by: person }));
    });
    world.changed();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError)
      return [error.message, ...(error.errors ?? []).map((one) => JSON.stringify(one))].join("\n");
    throw error;
  }
}
