import { runApplication } from "./application.ts";

/** `node main.ts` in a release's folder, with PORT: what an updater supervises in tests and benchmarks. */
await runApplication(process.cwd(), Number(process.env["PORT"]));
