export { findNatsServer, type FindOptions, type NatsServerBinary } from "./find-nats-server.ts";
export { startNatsServer, type NatsServer, type StartOptions } from "./start-nats-server.ts";
