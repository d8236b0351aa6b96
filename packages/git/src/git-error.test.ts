import { PermanentError, TransientError } from "@lockstep/shared/errors";
import { expect, test } from "vitest";
import { gitError } from "./git-error.ts";

const read = (stderr: string) => gitError(["push", "--porcelain"], stderr);

test.each([
  ["fatal: Authentication failed for 'https://github.com/a/b.git/'", "GIT_AUTH_FAILED"],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", "GIT_AUTH_FAILED"],
  [
    "remote: Permission to a/b.git denied to bot.\nfatal: unable to access 'https://h/': The requested URL returned error: 403",
    "GIT_ACCESS_DENIED",
  ],
  [
    "remote: Repository not found.\nfatal: repository 'https://github.com/a/b.git/' not found",
    "GIT_REPOSITORY_NOT_FOUND",
  ],
  ["fatal: unable to access 'https://h/a/': The requested URL returned error: 301", "GIT_REPOSITORY_MOVED"],
  [
    "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none",
    "GIT_CERTIFICATE_REFUSED",
  ],
  ["fatal: transport 'ext' not allowed", "GIT_PROTOCOL_REFUSED"],
  ["fatal: couldn't find remote ref refs/heads/main", "GIT_REF_NOT_FOUND"],
  [
    "remote: error: GH006: Protected branch update failed for refs/heads/main.\n!\ta:refs/heads/main\t[remote rejected] (protected branch hook declined)",
    "GIT_PROTECTED_BRANCH",
  ],
  ["!\ta:refs/heads/x\t[remote rejected] (pre-receive hook declined)", "GIT_PUSH_REFUSED"],
  ["Error: spawn git ENOENT", "GIT_NOT_INSTALLED"],
])("a person must help with %j: %s", (stderr, code) => {
  expect(read(stderr)).toBeInstanceOf(PermanentError);
  expect(read(stderr)).toMatchObject({ code });
});

test.each([
  ["!\ta:refs/heads/x\t[rejected] (stale info)", "GIT_STALE_LEASE"],
  ["!\ta:refs/heads/x\t[remote rejected] (cannot lock ref 'refs/heads/x': is at 1 but expected 2)", "GIT_STALE_LEASE"],
  ["fatal: unable to access 'https://h/': Could not resolve host: h", "GIT_UNREACHABLE"],
  ["fatal: unable to access 'https://h/': Failed to connect to h port 443: Connection refused", "GIT_UNREACHABLE"],
  ["error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF", "GIT_UNREACHABLE"],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 503", "GIT_SERVER_ERROR"],
  [
    "error: remote unpack failed: unpack-objects abnormal exit\n!\ta:refs/heads/x\t[remote rejected] (unpacker error)",
    "GIT_SERVER_ERROR",
  ],
  ["fatal: unable to access 'https://h/': The requested URL returned error: 429", "GIT_RATE_LIMITED"],
  [
    "remote: You have exceeded a secondary rate limit.\nfatal: The requested URL returned error: 403",
    "GIT_RATE_LIMITED",
  ],
  ["fatal: write error: No space left on device", "GIT_DISK_FULL"],
  ["fatal: Unable to create '/c/shallow.lock': File exists.", "GIT_LOCKED"],
  ["fatal: not a git repository: '/c'", "GIT_CORRUPT_CACHE"],
  [
    "error: object file objects/12/34 is empty\nfatal: loose object 1234 (stored in objects/12/34) is corrupt",
    "GIT_CORRUPT_CACHE",
  ],
  ["fatal: bad config line 1 in file /c/config", "GIT_CORRUPT_CACHE"],
  ["fatal: remote error: upload-pack: not our ref 1234", "GIT_OBJECT_GONE"],
  ["fatal: something nobody has seen before", "GIT_FAILED"],
  ["", "GIT_FAILED"],
])("time or a new look may help with %j: %s", (stderr, code) => {
  expect(read(stderr)).toBeInstanceOf(TransientError);
  expect(read(stderr)).toMatchObject({ code });
});

test("a remote's broken repository is no reason to throw our cache away", () => {
  expect(read("remote: fatal: bad object HEAD\nfatal: the remote end hung up unexpectedly").code).toBe(
    "GIT_UNREACHABLE",
  );
});

test("the message holds the remote's words and no credential (I9)", () => {
  const { message } = read(
    "remote: Sorry, no force pushes here.\n!\ta:refs/heads/x\t[remote rejected] (hook declined)\n" +
      "error: failed to push some refs to 'https://bot:hunter2secret@git.example/a/b.git'",
  );
  expect(message).toMatch(/^git push: Sorry, no force pushes here\./);
  expect(message).not.toContain("hunter2secret");
});
