import markdown from "markdown-it";
import { html, Html } from "../../page/html.ts";
import type { Page } from "../../page/layout.ts";
import { readCommits } from "../git/read-commits.ts";
import { runGit } from "../git/run-git.ts";
import { pullRange } from "../rest/commits.ts";
import { fullName, type Pull, type Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";
import { listOf } from "./repository-pages.ts";

const mostOfDiff = 300_000;

/** The pull requests of a repository in a state, newest first. */
export function pullsPage(repository: Repository, state: string): Page {
  const name = fullName(repository);
  const pulls = [...repository.pulls.values()].filter((pull) => state === "all" || pull.state === state).toReversed();
  const rows = pulls.map(
    (pull) =>
      html`<li>
        ${badge(pull)} <a href="/${name}/pull/${pull.number}">${pull.title}</a>
        <small>#${pull.number} by ${pull.user}, ${pull.updatedAt}</small>
      </li>`,
  );
  const link = (one: string) =>
    html`<a href="/${name}/pulls?state=${one}" ${one === state ? new Html('aria-current="page"') : ""}>${one}</a> `;
  return {
    title: "Pull requests",
    trail: trailOf(name),
    body: html`<p>${["open", "closed", "all"].map(link)}</p>
      ${listOf(rows, `No ${state} pull requests.`)}`,
  };
}

export interface ShownPull {
  readonly pull: Pull;
  readonly fault?: string;
}

/** A pull request: what it says, what it changes, and what may be done with it. */
export async function pullPage(world: World, repository: Repository, { pull, fault }: ShownPull): Promise<Page> {
  const name = fullName(repository);
  const { base, head } = pullRange(repository, pull);
  const [commits, diff] = await Promise.all([
    readCommits(gitFolder(world, repository), `${base}..${head}`),
    diffOf(world, repository, pull),
  ]);
  const labels = pull.labels.map((label) => html` <span class="badge">${label}</span>`);
  return {
    title: `${pull.title} #${pull.number}`,
    trail: [...trailOf(name), [`#${pull.number}`, `/${name}/pull/${pull.number}`]],
    fault,
    body: html`<p>
        ${badge(pull)} <small>${pull.user} wants to merge ${pull.headRef} into ${pull.baseRef}</small>${labels}
      </p>
      <div class="body">${renderBody(pull.body ?? "")}</div>
      ${buttons(name, pull)} ${commentsOf(repository, pull)}
      <h2>Commits</h2>
      ${listOf(
        commits.map(
          ({ sha, message, author }) =>
            html`<li>${message.split("\n")[0]} <small>${author.name}, ${sha.slice(0, 8)}</small></li>`,
        ),
        "No commits.",
      )}
      <h2>Changes</h2>
      <pre tabindex="0" aria-label="Changes">${diff.split("\n").map(diffLine)}</pre>`,
  };
}

/** The difference as `git diff` prints it, cut where it becomes too long to look at. */
export async function diffOf(world: World, repository: Repository, pull: Pull): Promise<string> {
  const { base, head } = pullRange(repository, pull);
  const args = ["diff", "--no-color", "--no-renames", `${base}...${head}`];
  const { text } = await runGit(gitFolder(world, repository), args, { answers: [128] });
  return text.length <= mostOfDiff ? text : `${text.slice(0, mostOfDiff)}\n… and more`;
}

function trailOf(name: string): Page["trail"] {
  return [
    ["Repositories", "/"],
    [name, `/${name}`],
    ["Pull requests", `/${name}/pulls`],
  ];
}

function badge(pull: Pull): Html {
  const state = pull.mergedAt === null ? pull.state : "merged";
  return html`<span class="badge ${state}">${pull.draft && state === "open" ? "draft" : state}</span>`;
}

function buttons(name: string, pull: Pull): Html | undefined {
  const action = `/${name}/pull/${pull.number}`;
  if (pull.mergedAt !== null) return undefined;
  if (pull.state === "closed")
    return html`<form method="post" action="${action}/reopen"><button>Reopen</button></form>`;
  return html`<form method="post" action="${action}/merge">
      <label
        >By
        <select name="method">
          <option value="merge">merge commit</option>
          <option value="squash">squash</option>
          <option value="rebase">rebase</option>
        </select></label
      >
      <button>Merge</button>
    </form>
    <form method="post" action="${action}/close"><button>Close</button></form>`;
}

function commentsOf(repository: Repository, pull: Pull): Html | undefined {
  const comments = repository.comments.filter(({ number }) => number === pull.number);
  if (comments.length === 0) return undefined;
  return html`<h2>Comments</h2>
    ${comments.map(
      ({ id, user, body, createdAt }) =>
        html`<div class="body" id="comment-${id}">
          <p class="soft">${user}, ${createdAt}</p>
          ${renderBody(body)}
        </div>`,
    )}`;
}

const renderer = markdown({ html: false, linkify: false });

/** Markdown as a reader sees it: comments hidden, no HTML but folded parts, which GitHub allows too. */
function renderBody(text: string): Html {
  const visible = text.replaceAll(/<!--[\s\S]*?-->/g, "");
  const folded = renderer.render(visible).replaceAll(/&lt;(\/?(?:details|summary|sub))&gt;/g, "<$1>");
  // The renderer took the tags for the text of paragraphs, which may not hold them.
  return new Html(folded.replaceAll(/<p>(<\/?details>)/g, "$1").replaceAll(/(<\/(?:summary|details)>)<\/p>/g, "$1"));
}

function diffLine(line: string): Html {
  const kind = line.startsWith("@@") ? "hunk" : line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : "";
  return kind === "" ? html`<span>${line}</span>` : html`<span class="${kind}">${line}</span>`;
}
