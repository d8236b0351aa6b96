import { ConflictError } from "@lockstep/shared/runtime";
import type { CursorStore, Held } from "./cursor-store.ts";
import type { Change, Changes, PublishedChange } from "./publish-change.ts";

interface Announcing<Value> {
  readonly changes: Changes;
  readonly store: CursorStore<Value>;
  /** The cursor under our claim. */
  readonly held: Held<Value>;
}

/**
 * Publishes what a poll found, before the baseline moves (I6). The cursor says first that it is about to: whoever
 * takes over after a crash in between knows that the change may have been heard. A process that was frozen past its
 * claim publishes nothing: the cursor is another's by then.
 */
export async function announce<Value extends { announcing?: string | undefined }>(
  { changes, store, held }: Announcing<Value>,
  change: Change & { readonly announcing: string },
  signal: AbortSignal,
): Promise<{ readonly published: PublishedChange; readonly held: Held<Value> }> {
  const { announcing, ...event } = change;
  const intent = await store.write({ ...held.value, announcing }, held.revision);
  const guard = async () => {
    const { revision } = await store.read();
    if (revision !== intent.revision) throw new ConflictError(`The cursor of ${change.route}`, undefined);
  };
  return { published: await changes.publish(event, { signal, guard }), held: intent };
}
