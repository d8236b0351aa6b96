import { array, assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { flushPacket, packet, readPackets } from "./pkt-line.ts";

test("a line is sent with its length, counted in bytes", () => {
  expect(packet("command=ls-refs")).toBe("0014command=ls-refs\n");
  expect(packet("ü")).toBe("0007ü\n");
});

test("whatever lines are sent are read again, up to the flush", () => {
  assert(
    property(array(string({ unit: "binary", maxLength: 50 }), { maxLength: 8 }), (lines) => {
      const bytes = Buffer.from(`${lines.map(packet).join("")}${flushPacket}and more`);
      const whole = lines.map((line) => Buffer.from(line).toString());
      expect(readPackets(bytes)).toEqual(whole);
    }),
  );
});

test.each([
  ["a page", "<!doctype html>"],
  ["nothing", ""],
  ["no flush", packet("a")],
  ["a packet that is cut", "0014command"],
  ["a length below its own", "0003"],
])("%s is no answer", (_what, text) => {
  expect(readPackets(Buffer.from(text))).toBeUndefined();
});
