/** Fires on SIGTERM and SIGINT; a second one ends the process at once. */
export function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(128 + (name === "SIGTERM" ? 15 : 2));
      stop.abort(new Error(`stopped by ${name}`));
    });
  return stop.signal;
}
