import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** The wanted port if it can be listened on, or any other that can: a process that ended may have left it taken. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  const outcome = once(server, "listening").then(
    () => true,
    () => false,
  );
  server.listen(wanted, "127.0.0.1");
  if (!(await outcome)) return freePort(0);
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
