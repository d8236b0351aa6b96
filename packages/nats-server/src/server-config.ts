export interface ServerSettings {
  /** 0 stands for any free port. */
  readonly port: number;
  readonly monitorPort: number;
  readonly portsFolder: string;
  readonly storeFolder: string;
  /** Every write is on the disk before it is acknowledged. */
  readonly durable: boolean;
  /** More configuration in the server's own language, e.g. accounts. */
  readonly extra: string;
}

/** The server's configuration file: on the loopback interface only, with JetStream in files. */
export function serverConfig(settings: ServerSettings): string {
  // By default the server writes to the disk every two minutes, which a machine's crash turns into lost messages (I2).
  const sync = settings.durable ? ", sync_interval: always" : "";
  return [
    `listen: "127.0.0.1:${portWord(settings.port)}"`,
    `http: "127.0.0.1:${portWord(settings.monitorPort)}"`,
    `ports_file_dir: ${JSON.stringify(settings.portsFolder)}`,
    `jetstream { store_dir: ${JSON.stringify(settings.storeFolder)}${sync} }`,
    settings.extra,
    "",
  ].join("\n");
}

function portWord(port: number): number {
  return port === 0 ? -1 : port;
}
