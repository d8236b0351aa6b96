import { expect, test } from "vitest";
import { freePort } from "../testing/free-port.ts";
import { startHealth } from "./health.ts";

test("a process is alive from the start, and ready once nothing keeps it from working", async () => {
  const port = await freePort();
  let reason: string | undefined = "publisher is not ready";
  await using _health = await startHealth({ port, host: "127.0.0.1", notReady: () => reason });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.json()];
  };

  expect(await ask("/livez")).toEqual([200, { status: "ok" }]);
  expect(await ask("/readyz")).toEqual([503, { status: "publisher is not ready" }]);
  reason = undefined;
  expect(await ask("/readyz")).toEqual([200, { status: "ok" }]);
});

test("a port that is taken is an error", async () => {
  const port = await freePort();
  const options = { port, host: "127.0.0.1", notReady: () => undefined };
  await using _health = await startHealth(options);

  await expect(startHealth(options)).rejects.toThrow("EADDRINUSE");
});
