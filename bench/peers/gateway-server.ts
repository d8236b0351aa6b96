import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Gateway } from "../../services/updater/src/gateway/gateway.ts";

/** `app`: as little as an application can be. `gateway PORT`: the gateway before it. Prints its own port. */
const [role, port] = process.argv.slice(2);
if (role === "gateway") {
  const hold = { waitMs: 10_000, most: 1000 };
  const gateway = await Gateway.listen({ host: "127.0.0.1", port: 0, healthPath: "/health", hold });
  gateway.open(Number(port));
  console.log(gateway.port);
} else {
  const server = createServer((_request, response) => {
    const body = '{"version":"1.0.0"}';
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  console.log((server.address() as AddressInfo).port);
}
