/** What words of git mean. Of several rules that fit, the first counts. */
export interface Meaning {
  readonly code: string;
  readonly kind: "transient" | "permanent";
  readonly words: RegExp;
  readonly hint?: string;
  /** Set where the words say this only if they are our own git's, and not the remote's (`remote: …`). */
  readonly ownOnly?: true;
}

/** Words of git 2.38 to 2.51 under LC_ALL=C, and of GitHub, GitLab and Gitea. */
export const meanings: readonly Meaning[] = [
  {
    code: "GIT_NOT_INSTALLED",
    kind: "permanent",
    words: /spawn git ENOENT/,
    hint: "Install git 2.38 or newer and put it on the PATH.",
    ownOnly: true,
  },
  {
    code: "GIT_LOCKED",
    kind: "transient",
    words: /Unable to create '.*\.lock': File exists/i,
    hint: "Another git works in the cache. What a dead one left is removed at the next run.",
    ownOnly: true,
  },
  {
    code: "GIT_DISK_FULL",
    kind: "transient",
    words: /No space left on device|Disk quota exceeded/i,
    hint: "Free space where the cache is, or at the remote if the words are the remote's.",
  },
  {
    code: "GIT_RATE_LIMITED",
    kind: "transient",
    words: /rate limit|returned error: 429|too many requests/i,
  },
  {
    code: "GIT_STALE_LEASE",
    kind: "transient",
    words: /\(stale info\)|\(cannot lock ref|\(failed to update ref\)|\(fetch first\)|\(non-fast-forward\)/i,
    hint: "Somebody moved the branch: it is read and decided again.",
  },
  {
    code: "GIT_PROTECTED_BRANCH",
    kind: "permanent",
    words: /protected branch|\bGH006\b|\bGH013\b|rule violations/i,
    hint: "Let the bot push to this branch, or choose another branch.",
  },
  {
    code: "GIT_SERVER_ERROR",
    kind: "transient",
    words: /returned error: 5\d\d|unpacker error/i,
  },
  {
    code: "GIT_PUSH_REFUSED",
    kind: "permanent",
    words: /hook declined|\[remote rejected\]/i,
    hint: "The remote's own words say why.",
  },
  {
    code: "GIT_REPOSITORY_MOVED",
    kind: "permanent",
    words: /returned error: 30\d/i,
    hint: "Credentials do not follow a redirect: write the new URL in the configuration.",
  },
  {
    code: "GIT_AUTH_FAILED",
    kind: "permanent",
    words: /Authentication failed|could not read (Username|Password)|returned error: 401|HTTP Basic: Access denied/i,
    hint: "Check the token or GitHub App: it may be wrong, expired or withdrawn.",
  },
  {
    code: "GIT_ACCESS_DENIED",
    kind: "permanent",
    words: /returned error: 403|Permission to .* denied|access to repository not granted|archived so it is read-only/i,
    hint: "Check that the token or GitHub App may do this to the repository, and that it was not archived.",
  },
  {
    code: "GIT_REPOSITORY_NOT_FOUND",
    kind: "permanent",
    words: /repository .*not found|returned error: 404|does not appear to be a git repository/i,
    hint: "Check the name. A private repository without access looks the same.",
  },
  {
    code: "GIT_CERTIFICATE_REFUSED",
    kind: "permanent",
    words: /certificate (problem|verif)/i,
    hint: "Name the authority's certificate in GIT_SSL_CAINFO.",
  },
  {
    code: "GIT_PROTOCOL_REFUSED",
    kind: "permanent",
    words: /transport '.*' not allowed|protocol '.*' is not supported/i,
    hint: "Use an https URL.",
  },
  {
    code: "GIT_REF_NOT_FOUND",
    kind: "permanent",
    words: /couldn't find remote ref/i,
    hint: "Check the branch's name.",
  },
  {
    code: "GIT_OBJECT_GONE",
    kind: "transient",
    words: /not our ref/i,
    hint: "The remote was rewritten meanwhile: it is read again.",
  },
  {
    code: "GIT_CORRUPT_CACHE",
    kind: "transient",
    words: new RegExp(
      [
        "not a git repository|bad config|object file .* is empty|is corrupt|corrupt(ed)? loose|inflate: ",
        "bad (tree )?object|bad tree|unable to (read|unpack|parse)|missing (tree|commit)|could not read [0-9a-f]{40}",
        "packfile .* (cannot|does not|is far)|garbage at end|hash mismatch|broken (ref|link)|reference broken|bad (ref|shallow)",
      ].join("|"),
      "i",
    ),
    hint: "The cache is thrown away and fetched again.",
    ownOnly: true,
  },
  {
    code: "GIT_UNREACHABLE",
    kind: "transient",
    words:
      /Could not resolve|Couldn't connect|unable to access|Connection (refused|reset|timed out)|hung up unexpectedly|unexpected disconnect|early EOF|RPC failed|Empty reply/i,
    hint: "Check the network, the proxy, and whether the host is up.",
  },
  {
    code: "GIT_OBJECT_GONE",
    kind: "transient",
    words: /could not fetch [0-9a-f]+ from promisor/i,
    hint: "The remote was rewritten meanwhile: it is read again.",
  },
];
