import { expect, test } from "vitest";
import { flush, pktLine, readPktLines } from "./pkt-line.ts";

test("lines come back as they were written, with the special ones between them", () => {
  const lines = readPktLines(Buffer.from(`${pktLine("é\n")}0001${pktLine("")}${flush}`));

  expect(lines?.map(String)).toEqual(["é\n", "delimiter", "", "flush"]);
});

test.each(["0009abc", "zzzz", "00", "0003"])("%j is no pkt-line", (text) => {
  expect(readPktLines(Buffer.from(text))).toBeUndefined();
});

test("a line longer than git takes is refused", () => {
  expect(() => pktLine("x".repeat(65_517))).toThrow(RangeError);
});
