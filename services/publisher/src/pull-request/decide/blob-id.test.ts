import { expect, test } from "vitest";
import { blobId } from "./blob-id.ts";

test("gives the ids that git gives", () => {
  // `printf 'hello\n' | git hash-object --stdin`, in a repository of either format.
  expect(blobId(Buffer.from("hello\n"), "0".repeat(40))).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
  expect(blobId(Buffer.from("hello\n"), "0".repeat(64))).toBe(
    "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4",
  );
});
