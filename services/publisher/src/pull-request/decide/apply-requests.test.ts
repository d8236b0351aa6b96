import { DiffId } from "@lockstep/shared/contracts";
import { expect, test } from "vitest";
import { applyRequests } from "./apply-requests.ts";

const [diffId, other] = ["a", "b"].map((letter) => DiffId.parse(letter.repeat(64)));
const diff = { throughSeq: 10, diffId: diffId ?? DiffId.parse("") };

function request(seq: number, options: Parameters<typeof applyRequests>[0][number]["options"]) {
  return { seq, options, requestId: "r", requestedAt: "2025-01-01T00:00:00Z" };
}

test("a request before the look holds for it", () => {
  expect(applyRequests([request(9, { allowDeletions: true })], diff)).toEqual({
    allowDeletions: true,
    recreate: false,
    requests: [9],
  });
});

test("a request after the look waits for the next one", () => {
  expect(applyRequests([request(10, { recreate: true })], diff)).toMatchObject({ recreate: false, requests: [] });
});

test("a request that names its content holds for no other", () => {
  const requests = [request(1, { recreate: true, diffId: other }), request(2, { recreate: true, diffId })];

  expect(applyRequests(requests, diff)).toMatchObject({ recreate: true, requests: [2] });
});
