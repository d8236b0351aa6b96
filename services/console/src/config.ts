import type { ConsoleOptions } from "@lockstep/shared/config";

/** Where the console listens: LOCKSTEP_CONSOLE_PORT and LOCKSTEP_CONSOLE_HOST win over the file. */
export function listenAddress(
  options: ConsoleOptions,
  env: Readonly<Record<string, string | undefined>>,
): { readonly host: string; readonly port: number } {
  const port = env["LOCKSTEP_CONSOLE_PORT"];
  return {
    host: env["LOCKSTEP_CONSOLE_HOST"] ?? options.host,
    port: port === undefined || port === "" ? options.port : Number(port),
  };
}
