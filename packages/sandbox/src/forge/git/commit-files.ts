import { runGit } from "./run-git.ts";

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Path → content; null deletes the path. */
export type Files = Readonly<Record<string, string | Uint8Array | null>>;

export interface CommitFiles {
  readonly branch: string;
  readonly files: Files;
  readonly message?: string;
  readonly author?: Author;
  readonly committer?: Author;
  /** Default: now. */
  readonly date?: Date;
  /** The commit to build on; default: the branch's tip, or none where there is no branch yet. */
  readonly parent?: string;
}

const somebody: Author = { name: "Mona Lisa", email: "mona@example.com" };

/** Commits files onto a branch by one `git fast-import`, and gives the commit's id. */
export async function commitFiles(folder: string, commit: CommitFiles): Promise<string> {
  const args = ["fast-import", "--quiet", "--force", "--cat-blob-fd=1"];
  const { text } = await runGit(folder, args, { input: importStream(commit) });
  return text;
}

function importStream(commit: CommitFiles): Buffer {
  const { author = somebody, date = new Date() } = commit;
  const seconds = Math.floor(date.getTime() / 1000);
  const who = ({ name, email }: Author) => `${name} <${email}> ${seconds} +0000\n`;
  return Buffer.concat([
    Buffer.from(`commit refs/heads/${commit.branch}\nmark :1\n`),
    Buffer.from(`author ${who(author)}committer ${who(commit.committer ?? author)}`),
    data(commit.message ?? `Change ${Object.keys(commit.files).join(", ")}`),
    Buffer.from(commit.parent === undefined ? "" : `from ${commit.parent}^0\n`),
    ...Object.entries(commit.files).map(([path, content]) => fileChange(path, content)),
    Buffer.from("\nget-mark :1\n"),
  ]);
}

function fileChange(path: string, content: string | Uint8Array | null): Buffer {
  if (content === null) return Buffer.from(`D ${quote(path)}\n`);
  return Buffer.concat([Buffer.from(`M 100644 inline ${quote(path)}\n`), data(content)]);
}

function data(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from("\n")]);
}

function quote(path: string): string {
  return `"${path
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`)}"`;
}
