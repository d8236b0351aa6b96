import { execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { cp, writeFile } from "node:fs/promises";
import { Agent, request, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { serverToken, type GitServer } from "@lockstep/git/testing";

const exec = promisify(execFile);
const basic = Buffer.from(`x-access-token:${serverToken}`).toString("base64");

/** Git as a person runs it, signed in at the bench's server. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  const auth = ["-c", `http.extraHeader=Authorization: Basic ${basic}`];
  const { stdout } = await exec("git", [...auth, ...args], { cwd: folder, maxBuffer: 2 ** 28, timeout: 600_000 });
  return stdout;
}

export const branchName = (index: number) => `refs/heads/b${String(index).padStart(5, "0")}`;

/** Fills a bare repository with `refs` branches over a tenth as many commits, packed. */
export async function fillRepository(folder: string, refs: number): Promise<void> {
  const commits = Math.max(1, Math.round(refs / 10));
  const lines: string[] = [];
  for (let index = 0; index < commits; index += 1) {
    const content = String(index).padStart(8, "0");
    lines.push(
      "commit refs/heads/main",
      `mark :${index + 1}`,
      `committer B <b@bench.test> ${1_700_000_000 + index} +0000`,
    );
    lines.push("data 1", "c", ...(index === 0 ? [] : [`from :${index}`]));
    lines.push(`M 100644 inline f${index % 100}.txt`, "data 8", content);
  }
  for (let index = 0; index < refs - 1; index += 1)
    lines.push(`reset ${branchName(index)}`, `from :${(index % commits) + 1}`, "");
  await fastImport(folder, lines);
  await git(folder, "pack-refs", "--all");
  await git(folder, "repack", "-adq");
}

/** Gives so many branches a commit more each. */
export async function changeBranches(folder: string, indexes: readonly number[], stamp: number): Promise<void> {
  const lines = indexes.flatMap((index) => {
    const content = `${stamp}-${index}`;
    return [
      `commit ${branchName(index)}`,
      `committer B <b@bench.test> ${1_800_000_000 + stamp} +0000`,
      "data 1",
      "c",
      `from ${branchName(index)}^0`,
      "M 100644 inline changed.txt",
      `data ${content.length}`,
      content,
    ];
  });
  await fastImport(folder, lines);
}

async function fastImport(folder: string, lines: readonly string[]): Promise<void> {
  const child = spawn("git", ["fast-import", "--quiet", "--force"], {
    cwd: folder,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(`${lines.join("\n")}\n`);
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0) throw new Error(`fast-import ended with ${code}`);
}

/** Copies of a repository at the server, as if they had been mirrored already. */
export async function copyRepository(server: GitServer, from: string, to: string): Promise<void> {
  await cp(join(server.root, `${from}.git`), join(server.root, `${to}.git`), { recursive: true, force: true });
}

const webhookSecret = "bench-secret-0123456789";

interface Delivered {
  readonly status: number;
  /** Of the change that it led to. */
  readonly seq: number | undefined;
}

/** One signed delivery of GitHub's. */
export function deliverPush(
  url: string,
  push: { readonly repository: string; readonly ref: string; readonly after: string },
  delivery: string,
): Promise<Delivered> {
  const { repository, ref, after } = push;
  const body = JSON.stringify({ ref, after, repository: { clone_url: repository } });
  const headers = { "x-github-event": "push", "x-github-delivery": delivery, "x-github-hook-id": "1" };
  return deliver(`${url}/webhooks/github`, body, headers);
}

/** One signed delivery that says only that something changed. */
export function deliverGeneric(url: string, route: string, delivery: string): Promise<Delivered> {
  return deliver(`${url}/webhooks/generic/${route}`, "{}", { "x-lockstep-delivery": delivery });
}

/** Connections that are idle are closed before the server does it: a delivery must not meet its end. */
const agent = new Agent({ keepAlive: true, timeout: 2000, maxSockets: 200 });

async function deliver(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Delivered> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const signature = { "x-hub-signature-256": `sha256=${sign(body)}`, "content-length": Buffer.byteLength(body) };
  const asked = request(
    url,
    { agent, method: "POST", headers: { "content-type": "application/json", ...headers, ...signature } },
    resolve,
  );
  asked.once("error", reject).end(body);
  const response = await promise;
  const answer = JSON.parse(await text(response)) as { events?: { seq: number }[] };
  return { status: response.statusCode ?? 0, seq: answer.events?.[0]?.seq };
}

function sign(body: string): string {
  return createHmac("sha256", webhookSecret).update(body).digest("hex");
}

/** Writes lockstep.yaml with these mirrors. */
export async function writeMirrorConfig(
  file: string,
  options: { readonly port: number; readonly routes: Readonly<Record<string, { source: string; copy: string }>> },
): Promise<void> {
  const auth = { token: serverToken };
  const routes = Object.entries(options.routes).map(([name, { source, copy }]) => [
    name,
    {
      kind: "mirror",
      source: { url: source, auth },
      targets: { copy: { url: copy, auth } },
      triggers: { interval: "1h", policy: "both" },
    },
  ]);
  const config = { webhooks: { port: options.port, secret: webhookSecret }, routes: Object.fromEntries(routes) };
  await writeFile(file, JSON.stringify(config));
}

/** A free port on the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
