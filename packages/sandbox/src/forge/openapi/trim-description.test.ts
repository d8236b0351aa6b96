import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { operations } from "../rest/operations.ts";
import { readWholeDescription, trimDescription } from "./trim-description.ts";

test("the committed description is what the installed one gives for the forge's operations", () => {
  const committed: unknown = JSON.parse(readFileSync(new URL("description.json", import.meta.url), "utf8"));

  expect(committed).toEqual(trimDescription(readWholeDescription(), operations.keys()));
});

test("names that look like annotations stay, annotations go", () => {
  const whole = {
    openapi: "3.0.3",
    info: { version: "1" },
    paths: {
      "/a": {
        get: {
          operationId: "a/get",
          summary: "gone",
          responses: {
            200: { description: "x", content: { "application/json": { schema: { $ref: "#/components/schemas/a" } } } },
          },
        },
        post: { operationId: "a/unused" },
      },
    },
    components: {
      schemas: {
        a: {
          title: "gone",
          type: "object",
          properties: { title: { type: "string" }, b: { nullable: true, anyOf: [] } },
        },
        unused: {},
      },
    },
  };

  expect(trimDescription(whole, ["a/get"])).toMatchObject({
    paths: { "/a": { get: { operationId: "a/get" } } },
    components: { schemas: { a: { type: "object", properties: { title: { type: "string" }, b: { anyOf: [] } } } } },
  });
  expect(JSON.stringify(trimDescription(whole, ["a/get"]))).not.toMatch(/gone|unused|nullable/);
  expect(() => trimDescription(whole, ["a/none"])).toThrow("no operation a/none");
});
