import { defineConfig } from "vitest/config";

/** Unit tests touch no process or socket; integration tests start real peers; e2e starts the services. */
export default defineConfig({
  test: {
    // Most of a test's time is waiting for processes and sockets: more files at once than there are cores.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,services}/*/src/**/*.test.ts", "bench/**/*.test.ts", "tests/*.test.ts"],
          exclude: ["**/*.integration.test.ts", "**/node_modules/**"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["{packages,services}/*/src/**/*.integration.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Each case starts several processes: more at once would only wait for each other.
          maxConcurrency: 3,
        },
      },
    ],
  },
});
