import { PublishedBaseline, type RouteName, type TargetName } from "@lockstep/shared/contracts";
import { readJson, type Bus } from "@lockstep/shared/runtime";
import { z } from "zod";

/** Path → what was last merged there: the base of a comparison three ways. */
export type Baseline = PublishedBaseline["baseline"];

/** Where a target's baseline is found. */
export interface Baselines {
  /** Empty where nothing was merged yet. */
  read(route: RouteName, target: TargetName): Promise<Baseline>;
}

/** Without any: what `lockstep diff` knows. */
export const noBaselines: Baselines = { read: () => Promise.resolve({}) };

const stored = z.object({ record: PublishedBaseline });

/** The baselines that the publisher stores with its watermarks. */
export function storedBaselines(bus: Bus): Baselines {
  return {
    async read(route, target) {
      const { value } = await readJson(bus.bucket("state"), `publisher.${route}.${target}`, stored);
      return value?.record.baseline ?? {};
    },
  };
}
