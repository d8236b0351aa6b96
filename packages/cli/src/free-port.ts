import { once } from "node:events";
import { createServer } from "node:net";

/** The wanted port of the loopback interface, or any free one where it is taken. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  const outcome = Promise.race([once(server, "listening").then(() => true), once(server, "error").then(() => false)]);
  server.listen(wanted, "127.0.0.1");
  if (!(await outcome)) return freePort(0);
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
