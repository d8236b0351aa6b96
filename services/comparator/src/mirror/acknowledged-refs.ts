import type { RefsStore } from "@lockstep/git/mirror";
import { MirrorProgress, type RouteName, type TargetName } from "@lockstep/shared/contracts";
import { readJson, type Bus } from "@lockstep/shared/runtime";
import { z } from "zod";

/** What destinations acknowledged last, as the publisher stores it with its watermarks. */
export interface AcknowledgedRefs {
  /** Undefined where nothing is known. */
  read(
    place: { readonly route: RouteName; readonly target: TargetName },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
}

const stored = z.object({ record: MirrorProgress });

export function storedAcknowledgements(bus: Bus, store: RefsStore): AcknowledgedRefs {
  return {
    async read({ route, target }, signal) {
      const { value } = await readJson(bus.bucket("state"), `publisher.${route}.${target}`, stored);
      const progress = value?.record.acknowledged;
      if (progress === undefined) return undefined;
      const content = await store.get(progress.content, signal);
      if (content === undefined) return undefined;
      const exceptions = Object.entries(progress.except);
      if (exceptions.length === 0) return content.refs;
      const refs = new Map(content.refs);
      for (const [ref, oid] of exceptions) {
        if (oid === null) refs.delete(ref);
        else refs.set(ref, oid);
      }
      return refs;
    },
  };
}
