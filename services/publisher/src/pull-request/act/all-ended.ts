type AllAwaited<Promises extends readonly unknown[]> = {
  -readonly [Index in keyof Promises]: Awaited<Promises[Index]>;
};

/**
 * Promise.all that leaves nothing running behind: when one fails, the others are waited for before it is thrown. A git
 * that still works while the cache's lock is given back would get in the next run's way.
 */
export async function allEnded<const Promises extends readonly unknown[]>(
  promises: Promises,
): Promise<AllAwaited<Promises>> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as AllAwaited<Promises>;
}
