import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";

test("a port that is free is given as it is, one that is taken is another", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  const other = await freePort(port);
  server.close();
  await once(server, "close");

  expect(other).not.toBe(port);
  expect(other).toBeGreaterThan(0);
  expect(await freePort(port)).toBe(port);
});
