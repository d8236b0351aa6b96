import { expect, test } from "vitest";
import { checkEntries, checkLink, componentName } from "./release-entries.ts";

const file = (path: string, mode = "100644") => ({ path, mode, oid: "0".repeat(40) });
const code = (name: string) => expect.objectContaining({ name: "PermanentError", code: name });

test.each(["", "..", "a/b", "-rf", "a.new", "version.json", ".git", "a b", "a\0b", "x".repeat(65)])(
  "the component name %j is refused",
  (name) => expect(() => componentName(name)).toThrow(code("COMPONENT_NAME_INVALID")),
);

test.each([
  ["climbs out", [file("../x")]],
  ["climbs out within", [file("a/../../x")]],
  ["is absolute", [file("/etc/passwd")]],
  ["is git's own", [file(".git/config")]],
  ["is git's own in disguise", [file("a/.GIT\u200c/hooks/x")]],
  ["looks like an option", [file("--upload-pack=x")]],
  ["holds a control character", [file("a\nb")]],
  ["holds a backslash", [file("..\\x")]],
  ["is a submodule", [file("vendor", "160000")]],
  ["is a device", [file("vendor", "020000")]],
  ["collides in case", [file("README"), file("readme")]],
  ["collides in the case of a folder", [file("Lib/a"), file("lib/b")]],
  ["collides in Unicode form", [file("\u00e9"), file("e\u0301")]],
])("a path that %s is refused", (_, entries) => {
  expect(() => checkEntries("backend", entries)).toThrow(code("RELEASE_PATH_REFUSED"));
});

test.each(["/etc/passwd", "../../x", "a/../../..", "..", "a/..", "", "..\\x"])(
  "a link at the top to %j is refused",
  (target) => {
    expect(() => checkLink("backend", "link", target)).toThrow(code("RELEASE_PATH_REFUSED"));
  },
);

test("a link may climb within its component, and no further", () => {
  expect(() => checkLink("backend", "a/b/link", "../../c")).not.toThrow();
  expect(() => checkLink("backend", "a/b/link", "../../../c")).toThrow(code("RELEASE_PATH_REFUSED"));
});

test("ordinary trees pass", () => {
  const entries = [
    file("app.js"),
    file("lib/a.js"),
    file("lib/a.test.js", "100755"),
    file("now", "120000"),
    file(".env"),
  ];
  expect(() => checkEntries("backend", entries)).not.toThrow();
});
