import { expect, test } from "vitest";
import { chooseDebianMirror } from "./choose-debian-mirror.ts";

const debian = {
  uris: ["http://mirror.example/debian"],
  suites: ["bookworm"],
  components: ["main"],
  signedBy: "/k.gpg",
};
const security = { ...debian, uris: ["http://mirror.example/debian-security"], suites: ["bookworm-security"] };
const third = { ...debian, uris: ["https://third.example/apt"], signedBy: "/third.gpg" };
const disc = { ...debian, uris: ["cdrom:[Debian"] };

test("the mirror of the machine's own release is taken, with the keys it is trusted by", () => {
  expect(chooseDebianMirror([security, debian], "bookworm")).toEqual({
    uri: "http://mirror.example/debian",
    signedBy: "/k.gpg",
  });
});

test("a third party that uses the same names comes after Debian", () => {
  expect(chooseDebianMirror([third, debian], "bookworm")?.uri).toBe("http://mirror.example/debian");
});

test("a mirror at an unusual address is taken when there is no other", () => {
  expect(chooseDebianMirror([security, third], "bookworm")?.uri).toBe("https://third.example/apt");
});

test("a machine on unstable has no codename of its own in its sources", () => {
  expect(chooseDebianMirror([{ ...debian, suites: ["sid"] }], undefined)?.uri).toBe("http://mirror.example/debian");
});

test("a disc is no mirror, nor are the sources of another release or component", () => {
  expect(chooseDebianMirror([disc, { ...debian, components: ["contrib"] }], "bookworm")).toBeUndefined();
  expect(chooseDebianMirror([debian], "trixie")).toBeUndefined();
});
