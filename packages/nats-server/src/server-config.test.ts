import { expect, test } from "vitest";
import { serverConfig } from "./server-config.ts";

const settings = { port: 0, monitorPort: 0, portsFolder: "/p", storeFolder: "/s", durable: false, extra: "" };

test("without a port the server chooses free ones, on the loopback interface only", () => {
  expect(serverConfig(settings).split("\n").slice(0, 2)).toEqual(['listen: "127.0.0.1:-1"', 'http: "127.0.0.1:-1"']);
});

test("a durable server writes before it acknowledges (I2)", () => {
  expect(serverConfig({ ...settings, durable: true })).toContain(
    'jetstream { store_dir: "/s", sync_interval: always }',
  );
  expect(serverConfig(settings)).toContain('jetstream { store_dir: "/s" }');
});

test("a Windows path keeps its separators, and more configuration follows", () => {
  const text = serverConfig({ ...settings, storeFolder: "C:\\store", extra: "max_payload: 2MB" });

  expect(text).toContain(String.raw`store_dir: "C:\\store"`);
  expect(text).toMatch(/\nmax_payload: 2MB\n$/);
});
