interface Model {
  readonly name: string;
  readonly [field: string]: unknown;
}

function model(name: string, fields: Readonly<Record<string, unknown>>): readonly [string, Model] {
  return [name, { name, ...fields }];
}

/** The text models that the demo's source serves. */
export const textModels: Readonly<Record<string, Model>> = Object.fromEntries([
  model("Aurora-8B", { parameters: 8_000_000_000, description: "A small all-rounder.", tags: ["8B", "generalist"] }),
  model("Borealis-13B", { parameters: 13_000_000_000, description: "Writes long stories.", tags: ["13B", "writing"] }),
  model("Cascade-70B", { parameters: 70_000_000_000, description: "Knows a lot, slowly.", tags: ["70B"], nsfw: false }),
  model("Old-Model-7B", { parameters: 7_000_000_000, description: "Still loved.", tags: ["7B"] }),
]);

/** The image models that the demo's source serves. */
export const imageModels: Readonly<Record<string, Model>> = Object.fromEntries([
  model("Prism", { baseline: "stable_diffusion_1", description: "Photographs that never were.", nsfw: false }),
  model("Vitrail", { baseline: "stable_diffusion_xl", description: "Stained glass.", nsfw: false }),
]);
