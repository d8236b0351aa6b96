import { Secret } from "@lockstep/shared/runtime";
import { expect, test } from "vitest";
import { refusal } from "./authorize.ts";

const local = {
  address: "127.0.0.1",
  authorization: undefined,
  host: "localhost:8080",
  origin: undefined,
  forwarded: false,
};

test("without a token this machine may, and nobody else", () => {
  expect(refusal(local, undefined)).toBeUndefined();
  expect(refusal({ ...local, origin: "http://localhost:8080" }, undefined)).toBeUndefined();
  expect(refusal({ ...local, address: "203.0.113.7" }, undefined)).toBe(403);
  expect(refusal({ ...local, forwarded: true }, undefined)).toBe(403);
});

test("a page of another site, and a name that was bent to this machine, may not", () => {
  expect(refusal({ ...local, origin: "https://evil.example" }, undefined)).toBe(403);
  expect(refusal({ ...local, host: "evil.example" }, undefined)).toBe(403);
});

test("with a token only the token counts", () => {
  const token = new Secret("a-token-of-the-test");
  expect(refusal(local, token)).toBe(401);
  expect(refusal({ ...local, authorization: "Bearer wrong" }, token)).toBe(401);
  expect(
    refusal({ ...local, address: "203.0.113.7", authorization: "Bearer a-token-of-the-test" }, token),
  ).toBeUndefined();
});
