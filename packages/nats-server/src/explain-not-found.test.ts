import { expect, test } from "vitest";
import { explainNotFound } from "./explain-not-found.ts";

const attempts = [
  { way: "PATH", why: "/usr/sbin/nats-server is 2.10.27, older than 2.11: passed over" },
  { way: "download", why: "connect ECONNREFUSED" },
];

test("the error lists every way tried, in order", () => {
  expect(explainNotFound(attempts, "linux", "x64").message).toBe(`\
No nats-server 2.11 or newer was found, and none could be fetched. Tried:
  LOCKSTEP_NATS_SERVER: not set
  PATH: /usr/sbin/nats-server is 2.10.27, older than 2.11: passed over
  download: connect ECONNREFUSED`);
});

test.each([
  ["linux", /^ {2}Debian, Ubuntu, any Linux: curl .*linux-arm64.*tar/],
  ["darwin", /^ {2}macOS: brew install nats-server$/],
  ["win32", /^ {2}Windows: winget install /],
])("on %s its own remedy comes first", (platform, remedy) => {
  expect(explainNotFound(attempts, platform, "arm64").hint.split("\n")[1]).toMatch(remedy);
});

test("every platform's remedy is there wherever it is read, each on one line", () => {
  const remedies = explainNotFound(attempts, "linux", "x64").hint.split("\n").slice(1);

  expect(remedies.map((line) => line.trim().split(":", 1)[0])).toEqual([
    "Debian, Ubuntu, any Linux",
    "macOS",
    "Windows",
    "Docker",
    "Go",
    "a binary elsewhere",
    "a mirror of the releases",
  ]);
});
