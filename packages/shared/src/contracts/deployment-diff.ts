import { z } from "zod";
import { ComponentName, ComponentObject, ComponentVersion } from "./component.ts";
import { diffCause } from "./diff-cause.ts";
import { defineEvent, type EventData } from "./define-event.ts";
import { ObjectId } from "./names.ts";

/**
 * How a component of an installation stands to the manifest:
 * `update`: to be installed; `current`: nothing to do; `ahead`: the installation is newer and keeps it (`allowDowngrade`);
 * `drift`: the same version with other content (`reinstall`); `fault`: the manifest's version cannot be read, left alone;
 * `removed`: installed, and no longer in the manifest or the configuration, kept.
 */
export const ComponentState = z.enum(["update", "current", "ahead", "drift", "fault", "removed"]);
export type ComponentState = z.infer<typeof ComponentState>;

/** One component of one installation beside the source. */
export const ComponentChange = z.object({
  name: ComponentName,
  state: ComponentState,
  /** What the installation has; null: it lacks the component. */
  from: ComponentVersion.nullable(),
  fromObject: ComponentObject.nullable(),
  /** What the manifest names; null where it names nothing readable. */
  to: ComponentVersion.nullable(),
  /** Path in the source's repository; null where the configuration does not know the component. */
  path: z.string().nullable(),
  /** What stands at `path` in `source.commit`; null: nothing does, and an update that includes it must fail. */
  object: ComponentObject.nullable(),
  /** The installation's saved toggles leave it out. */
  skipped: z.boolean(),
});
export type ComponentChange = z.infer<typeof ComponentChange>;

/** The manifest asks for a newer image than the installation runs: nothing is touched. */
export const Blocked = z.object({
  remoteMinRuntime: z.int(),
  localRuntime: z.int(),
  message: z.string().max(500),
});
export type Blocked = z.infer<typeof Blocked>;

/** Something wrong with the manifest. Without a component it concerns all of it, and nothing of it may be applied. */
export const ManifestFault = z.object({
  component: z.string().max(100).optional(),
  /** Stable; docs/operations.md explains it. */
  code: z.string(),
  message: z.string().max(1000),
});
export type ManifestFault = z.infer<typeof ManifestFault>;

/** Where an installation stands in its route's rollout. `number` counts from 1. */
export const WavePlace = z.object({ number: z.int().positive(), of: z.int().positive() });

/**
 * The comparator knows what an installation should have. Published for every installation after every
 * change-detected, an empty one too. Shares name, type and subjects with the other diffs and differs in its data;
 * permissions that a person gives (`RunOptions`) are not in it: the updater reads and applies those.
 */
export const deploymentDiff = defineEvent({
  name: "diff-computed",
  data: z.object({
    kind: z.literal("deployment"),
    ...diffCause,
    source: z.object({
      /** Without credentials. */
      url: z.string(),
      branch: z.string(),
      manifest: z.string(),
      commit: ObjectId,
    }),
    components: z.array(ComponentChange).max(200),
    blocked: Blocked.optional(),
    faults: z.array(ManifestFault).max(200),
    /** `offer`: until a person applies it. `apply`: at once. */
    action: z.enum(["offer", "apply"]),
    /** Why it is only offered, for a person: the rollout's wave, soak, window, halt or pin. */
    reason: z.string().max(1000).optional(),
    /** Absent where no rollout is under way. */
    wave: WavePlace.optional(),
    /** The release this was computed against, by its number; null: nothing is installed yet. */
    againstRelease: z.int().nonnegative().nullable(),
  }),
  tokens: ["kind", "route", "target"],
  // A second look at the same change may find another commit, installation or wave: that is another diff.
  id: ({ route, target, throughSeq, diffId, source, againstRelease, action }) =>
    `diff:${route}.${target}:${throughSeq}:${diffId.slice(0, 16)}:${source.commit.slice(0, 16)}:${againstRelease ?? "new"}:${action}`,
});
export type DeploymentDiff = EventData<typeof deploymentDiff>;
