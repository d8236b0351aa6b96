import { z } from "zod";
import { ComponentName, ComponentObject, ComponentVersion } from "./component.ts";
import { DiffId, Instant, ObjectId, RouteName, Sequence, TargetName } from "./names.ts";
import { UpdateResult } from "./update-applied.ts";

/** A component as it is installed. */
export const InstalledComponent = z.object({
  version: ComponentVersion,
  /** What it was exported from; null where it was there before the updater. */
  object: ComponentObject.nullable(),
  /** Somebody changed its files since it was installed. */
  edited: z.boolean().optional(),
});
export type InstalledComponent = z.infer<typeof InstalledComponent>;

/**
 * An entry of the bucket `instances`, key `<route>.<instance>`: what an updater says of its installation. Written at
 * every change and as a heartbeat, with a time to live: a key that is gone is an installation that is gone.
 */
export const InstanceInventory = z.object({
  route: RouteName,
  instance: TargetName,
  /** The updater's process: another live one under the same id is refused. */
  holder: z.string().max(200),
  /** `RUNTIME_VERSION` of its image. */
  runtime: z.int().nonnegative(),
  components: z.record(ComponentName, InstalledComponent),
  /** The saved toggles: components that updates leave out. */
  skipComponents: z.array(ComponentName),
  /** The release that `current` points at; null before the first. */
  release: z
    .object({ number: z.int().nonnegative(), commit: ObjectId.nullable(), diffId: DiffId.nullable(), since: Instant })
    .nullable(),
  /** A release that did not become healthy: not tried again until its content changes or a person says so. */
  held: z.object({ diffId: DiffId, reason: z.string().max(2000) }).optional(),
  /** What was last reported. */
  outcome: z.object({ result: UpdateResult, diffId: DiffId, throughSeq: Sequence, at: Instant }).optional(),
  /** An update is being carried out. */
  updating: z.object({ diffId: DiffId, since: Instant }).optional(),
  health: z.enum(["healthy", "unhealthy", "starting", "stopped", "unsupervised"]),
  heartbeatAt: Instant,
});
export type InstanceInventory = z.infer<typeof InstanceInventory>;

/** The key of an installation's entry. */
export function instanceKey(route: RouteName, instance: TargetName): string {
  return `${route}.${instance}`;
}
