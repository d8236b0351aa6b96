/** How often the watcher says that it is alive and what it waits for. */
export const statusLineMs = 5 * 60_000;
