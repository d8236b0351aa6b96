import type { RemoteAuth, SshIdentity } from "./git-task.ts";

/** What git may know of the world around it: how to reach and trust a remote, and nothing else. */
const passedOn = [
  "PATH",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
];

/** The transports a remote command may use; `ext::` would run any program. Others only where the URL names them. */
const transports = "https:http:file";

interface GitPlace {
  readonly folder?: string | undefined;
  readonly remote: boolean;
  readonly url?: string | undefined;
  readonly ssh?: SshIdentity | undefined;
  readonly objects?: string | undefined;
}

/**
 * The closed environment of every git process: no person's or machine's configuration, no prompt, English words.
 * `GIT_DIR` names the repository, so that none is searched for and a folder of another user's is no surprise.
 */
export function gitEnvironment(place: GitPlace): Record<string, string> {
  const environment: Record<string, string> = {
    // libcurl reads ~/.netrc, and asks the password file for a home where HOME is unset.
    HOME: "/dev/null",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    // A command that needs no remote must not fetch a missing object behind our back: it fails instead.
    GIT_ALLOW_PROTOCOL: place.remote ? allowedTransports(place.url) : "",
  };
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  if (place.folder !== undefined) environment["GIT_DIR"] = place.folder;
  if (place.objects !== undefined) environment["GIT_OBJECT_DIRECTORY"] = place.objects;
  if (place.remote && isSsh(place.url)) environment["GIT_SSH_COMMAND"] = sshCommand(place.ssh);
  return environment;
}

function allowedTransports(url = ""): string {
  if (url.startsWith("git://")) return `${transports}:git`;
  return isSsh(url) ? `${transports}:ssh` : transports;
}

function isSsh(url = ""): boolean {
  return /^ssh:\/\/|^[\w.-]+@[\w.-]+:(?!\/\/)/.test(url);
}

/** Strict about hosts, deaf to a person's configuration and agent, and silent instead of asking. */
function sshCommand(ssh: SshIdentity | undefined): string {
  const options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "IdentityAgent=none"];
  const files = ssh === undefined ? [] : [`UserKnownHostsFile=${ssh.knownHostsPath}`, "GlobalKnownHostsFile=/dev/null"];
  const words = [...options, ...files, "ConnectTimeout=15"].flatMap((option) => ["-o", option]);
  return ["ssh", "-F", "/dev/null", ...words, ...(ssh === undefined ? [] : ["-i", ssh.keyPath])].map(quote).join(" ");
}

/** Git hands the command to a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Settings of our own, over whatever a repository says, and the credential: in the environment, never in argv (I9). */
export function gitSettings(auth: RemoteAuth | undefined): Record<string, string> {
  const settings: [string, string][] = [
    // After a redirect git would send our header to the new host. A repository that moved is an error instead.
    ["http.followRedirects", "false"],
    ["credential.helper", ""],
    ["core.hooksPath", "/dev/null"],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["pack.window", "0"],
    // What is written is pushed at once: time counts, a few kilobytes do not.
    ["core.compression", "1"],
  ];
  if (auth !== undefined) {
    const header = `Authorization: ${auth.authorization.reveal()}`;
    settings.push([`http.${new URL(auth.url).origin}/.extraHeader`, header]);
  }
  const environment: Record<string, string> = {
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_CONFIG_COUNT: String(settings.length),
  };
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}
