import { connectTo } from "./start-bus.ts";

await using bus = await connectTo(process.env["TEST_NATS_URL"] ?? "");
await bus.provision({ replicas: 1 });
