import { expect, test } from "vitest";
import { parseAptSources } from "./parse-apt-sources.ts";

test("reads the stanzas of a deb822 file", () => {
  const text = `# Comment
Types: deb deb-src
# In the middle
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

types: deb
uris: http://mirror.example/debian-security
suites: bookworm-security
components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
`;

  expect(parseAptSources("/etc/apt/sources.list.d/debian.sources", text)).toEqual([
    {
      uris: ["http://mirror.example/debian"],
      suites: ["bookworm", "bookworm-updates"],
      components: ["main", "contrib"],
      signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
    },
    {
      uris: ["http://mirror.example/debian-security"],
      suites: ["bookworm-security"],
      components: ["main"],
      signedBy: undefined,
    },
  ]);
});

test("leaves out stanzas that are switched off or have sources only", () => {
  const text = `Types: deb
URIs: http://mirror.example/off
Suites: sid
Components: main
Enabled: no

Types: deb-src
URIs: http://mirror.example/sources
Suites: sid
Components: main
`;

  expect(parseAptSources("x.sources", text)).toEqual([]);
});

test("reads the lines of a classic file", () => {
  const text = `# deb http://mirror.example/commented sid main
deb http://mirror.example/debian/ bookworm main contrib # why
deb [ arch=amd64 signed-by=/usr/share/keyrings/x.gpg ] https://third.example/apt stable extra
deb-src http://mirror.example/debian bookworm main
deb cdrom:[Debian 12 _Bookworm_]/ bookworm main

`;

  expect(parseAptSources("/etc/apt/sources.list", text)).toEqual([
    {
      uris: ["http://mirror.example/debian/"],
      suites: ["bookworm"],
      components: ["main", "contrib"],
      signedBy: undefined,
    },
    {
      uris: ["https://third.example/apt"],
      suites: ["stable"],
      components: ["extra"],
      signedBy: "/usr/share/keyrings/x.gpg",
    },
    expect.objectContaining({ uris: ["cdrom:[Debian"] }),
  ]);
});
