import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { openCatalogSource, type CatalogSource } from "../catalog-source.ts";

const paths = {
  lastUpdated: "metadata/last_updated",
  categoryLastUpdated: "metadata/{category}/last_updated",
  category: "{category}",
};

export interface Served {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly close: () => Promise<unknown>;
}

/** An HTTP server that answers so, until the test is over. */
export async function serve(answer: RequestListener): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(() => void close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, close };
}

type Options = Parameters<typeof openCatalogSource>[0];

/** A source at the address, until the test is over. */
export function open(url: string, options: Partial<Options> = {}): CatalogSource {
  const source = openCatalogSource({ url, paths, timeout: 5000, maxBytes: 100_000, token: undefined, ...options });
  onTestFinished(() => source[Symbol.asyncDispose]());
  return source;
}
