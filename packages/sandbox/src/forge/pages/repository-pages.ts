import { html } from "../../page/html.ts";
import type { Page } from "../../page/layout.ts";
import { runGit } from "../git/run-git.ts";
import { fullName, type Repository } from "../state.ts";
import { gitFolder, type World } from "../world.ts";

const home = ["Repositories", "/"] as const;

/** The list of repositories. */
export function homePage(world: World): Page {
  const rows = [...world.state.repositories.values()].map((repository) => {
    const name = fullName(repository);
    const open = [...repository.pulls.values()].filter(({ state }) => state === "open").length;
    return html`<li>
      <a href="/${name}">${name}</a> <small>${open} open pull request${open === 1 ? "" : "s"}</small>
    </li>`;
  });
  return { title: "Repositories", trail: [home], body: listOf(rows, "No repositories yet.") };
}

/** A repository: its files at the default branch, its branches, the way to its pull requests. */
export async function repositoryPage(world: World, repository: Repository): Promise<Page> {
  const name = fullName(repository);
  const { defaultBranch, archived } = repository.settings;
  const folder = gitFolder(world, repository);
  const tree = ["ls-tree", "-r", "--name-only", "-z", `refs/heads/${defaultBranch}`];
  const { text } = await runGit(folder, tree, { answers: [128] });
  const files = text.split("\0").filter((path) => path !== "");
  const shown = files
    .slice(0, 500)
    .map((path) => html`<li><a href="/${name}/blob/${defaultBranch}/${path}">${path}</a></li>`);
  const branches = [...repository.refs.keys()].filter((ref) => ref.startsWith("refs/heads/"));
  return {
    title: name,
    trail: [home, [name, `/${name}`]],
    body: html`${archived ? html`<p><span class="badge">archived</span></p>` : ""}
      <p><a href="/${name}/pulls">Pull requests</a> <small>clone ${world.url}/${name}.git</small></p>
      <h2>Files on ${defaultBranch}</h2>
      ${listOf(shown, "No files yet.")}
      <h2>Branches</h2>
      ${listOf(
        branches.map((ref) => html`<li>${ref.slice("refs/heads/".length)}</li>`),
        "No branches yet.",
      )}`,
  };
}

/** A file at a branch: `BRANCH/PATH`, where branches hold slashes too. */
export async function filePage(world: World, repository: Repository, at: string): Promise<Page | undefined> {
  const name = fullName(repository);
  const branches = [...repository.refs.keys()].map((ref) => ref.replace("refs/heads/", ""));
  const branch = branches.find((one) => at.startsWith(`${one}/`)) ?? at.split("/")[0] ?? "";
  const path = at.slice(branch.length + 1);
  const blob = ["cat-file", "blob", `${branch}:${path}`];
  const { code, stdout } = await runGit(gitFolder(world, repository), blob, { answers: [128] });
  if (code !== 0) return undefined;
  return {
    title: path,
    trail: [home, [name, `/${name}`], [branch, `/${name}`]],
    body: html`<pre tabindex="0">${stdout.toString("utf8")}</pre>`,
  };
}

/** A list of rows, or a word that there are none. */
export function listOf(rows: readonly ReturnType<typeof html>[], none: string) {
  if (rows.length === 0) return html`<p class="empty">${none}</p>`;
  return html`<ul class="rows">
    ${rows}
  </ul>`;
}
