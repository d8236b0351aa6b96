import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { redact, Secret } from "./secret.ts";

describe("a secret", () => {
  const secret = new Secret("correct-horse-battery");

  test("prints as [secret], whichever way it is printed (I9)", () => {
    expect(String(secret)).toBe("[secret]");
    expect([secret].join()).toBe("[secret]");
    expect(JSON.stringify({ deep: [secret] })).toBe('{"deep":["[secret]"]}');
    expect(inspect({ deep: { secret } })).toBe("{ deep: { secret: [secret] } }");
    expect(inspect(secret, { showHidden: true })).toBe("[secret]");
    expect(Object.values(secret)).toEqual([]);
    expect(structuredClone(secret)).toEqual({});
  });

  test("is revealed to the one who asks", () => {
    expect(secret.reveal()).toBe("correct-horse-battery");
  });

  test("is hidden in every text from then on, as it is and as JSON and URLs spell it (I9)", () => {
    const value = 'p"a\\ss\nwörd/ÿ';
    expect(redact(`x ${value} y`)).toContain("p");

    const made = new Secret(value);

    expect(redact(`x ${made.reveal()} y`)).toBe("x [secret] y");
    expect(redact(JSON.stringify({ text: `x ${value} y` }))).toBe('{"text":"x [secret] y"}');
    expect(redact(`https://example/?key=${encodeURIComponent(value)}&x=1`)).toBe("https://example/?key=[secret]&x=1");
  });

  test("that is part of another does not leave the other's rest", () => {
    const [short, long] = [new Secret("inner-value"), new Secret("inner-value-and-more")];

    expect(redact(`${long.reveal()} ${short.reveal()}`)).toBe("[secret] [secret]");
  });

  test("of a few characters is not looked for: it would hide half of every text", () => {
    const tiny = new Secret("abc");

    expect(redact("abcdef")).toBe("abcdef");
    expect(String(tiny)).toBe("[secret]");
  });
});

describe("text that is shaped like a credential", () => {
  test.each([
    ["https://user:pass@github.com/a/b", "https://[secret]@github.com/a/b"],
    ["https://user:p@ss@github.com/a/b", "https://[secret]@github.com/a/b"],
    ["nats://token-only@127.0.0.1:4222", "nats://[secret]@127.0.0.1:4222"],
    ["ssh://git:x@host/a", "ssh://[secret]@host/a"],
    ["ghp_abcdefghijklmnop and ghs_ABCDEFGHIJKL", "[secret] and [secret]"],
    ["github_pat_11ABCDEFG0abcdefghij_klm", "[secret]"],
    ["glpat-abcdefghij1234", "[secret]"],
    ["xoxb-1234567890-abcdef", "[secret]"],
    ["authorization: Basic dXNlcjpwYXNz", "[secret]"],
    ["Authorization: bearer abcdefgh", "[secret]"],
    ["sent Bearer eyJhbGciOi.J9.x-y", "sent [secret]"],
    ["token 0123456789abcdef", "[secret]"],
    ["a -----BEGIN RSA PRIVATE KEY-----\nMII\nEow\n-----END RSA PRIVATE KEY----- b", "a [secret] b"],
    ["a -----BEGIN PRIVATE KEY-----\nMIIEow and cut", "a [secret]"],
  ])("%j is hidden", (text, hidden) => {
    expect(redact(text)).toBe(hidden);
  });

  test("a key that was cut off hides the string it stands in and no more of a line of JSON", () => {
    const line = `${JSON.stringify({ text: "-----BEGIN PRIVATE KEY-----\nMII", next: 1 })}\n`;

    expect(redact(line)).toBe('{"text":"[secret]","next":1}\n');
  });

  test.each([
    "Unexpected token something in JSON",
    "basic authentication is not configured",
    "set nats.token or nats.credentials",
    "https://github.com/acme/web?tab=a@b",
    "mail me@example.org about https://example.org/x",
    "a git object 0af7651916cd43dd8448eb211c80319c0af76519",
  ])("%j hides nothing", (text) => {
    expect(redact(text)).toBe(text);
  });
});
