import { expect, test } from "vitest";
import { parseConfig } from "./load-config.ts";

function webhooksOf(text: string, env: Readonly<Record<string, string>> = {}) {
  return parseConfig(text, { file: "lockstep.yaml", env }).webhooks;
}

test("without a word of webhooks there is no secret, so nothing listens", () => {
  expect(webhooksOf("{}")).toEqual({ host: "127.0.0.1", port: 8610, secrets: [] });
});

test("one secret or several while they rotate are a list, and none of them shows", () => {
  const one = webhooksOf("webhooks: { secret: ${A}, port: 0 }", { A: "first secret" });
  const both = webhooksOf("webhooks: { secret: [${B}, ${A}] }", { A: "first secret", B: "second secret" });

  expect(one.secrets.map((secret) => secret.reveal())).toEqual(["first secret"]);
  expect(both.secrets.map((secret) => secret.reveal())).toEqual(["second secret", "first secret"]);
  expect(JSON.stringify(both)).not.toContain("second");
});

test("a secret whose variable is not set counts as not written", () => {
  expect(webhooksOf("webhooks: { secret: ${A} }").secrets).toEqual([]);
  expect(webhooksOf("webhooks: { secret: [${A}, ${B}] }", { B: "second secret" }).secrets).toHaveLength(1);
});

test("an empty secret is a fault, because it would let everybody in", () => {
  expect(() => webhooksOf('webhooks: { secret: "" }')).toThrow("webhooks.secret");
});
