import { z } from "zod";
import { TargetName } from "../contracts/names.ts";
import { branchName, countOrPercent, filePath, flag, httpUrl, period, secret, size, whole } from "./scalars.ts";
import { triggerOptions } from "./triggers.ts";

const categoryName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "must be a category name: letters, digits, '_', '.', '-'");

const repositoryName = z.string().regex(/^[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/, "must be owner/name");

/** What one category is written to. */
const fileOptions = z.strictObject({
  path: filePath.optional(),
  transform: z.enum(["horde-text"]).optional(),
  strict: flag.default(false).describe("A faulty record aborts its category instead of being left out"),
});

const catalogSource = z.strictObject({
  url: httpUrl,
  name: z.string().default("PRIMARY").describe("What commits and pull requests call the source"),
  categories: z.array(categoryName).min(1).optional().describe("Default: all that the targets name"),
  timeout: period.default(30_000),
  maxBytes: size.default(64 * 1024 ** 2).describe("A larger answer is refused"),
  token: secret.optional().describe("Sent as a bearer token"),
  paths: z
    .strictObject({
      lastUpdated: z.string().default("metadata/last_updated"),
      categoryLastUpdated: z.string().default("metadata/{category}/last_updated"),
      category: z.string().default("{category}"),
    })
    .prefault({}),
});

/** How a change is put before people. */
const pullRequestOptions = z.strictObject({
  mode: z.enum(["update", "replace"]).default("update"),
  labels: z.array(z.string()).default([]),
  reviewers: z.array(z.string()).default([]),
  teamReviewers: z.array(z.string()).default([]),
  assignees: z.array(z.string()).default([]),
  milestone: z.string().optional(),
  draft: flag.default(false),
  minChanges: whole(1).default(1),
  maxDeletions: countOrPercent.default({ percent: 20 }).describe("More than this (and than 5) is held for a person"),
  maxOpen: whole(1).optional(),
  perHour: whole(1).optional(),
  schedule: z
    .array(z.strictObject({ cron: z.string(), duration: period, timeZone: z.string().default("UTC") }))
    .optional(),
  title: z.string().optional().describe("Template: {route}, {added}, {removed}, {modified}, {categories}, {source}"),
  commitSubject: z.string().optional().describe("Template: {category}, {categories}, {source}, {route}"),
  noun: z.string().default("models").describe("What the records are called"),
});
export type PullRequestOptions = z.output<typeof pullRequestOptions>;

const catalogTarget = z.strictObject({
  repository: repositoryName,
  branch: branchName.default("main"),
  files: z
    .record(categoryName, z.union([filePath.transform((path) => fileOptions.parse({ path })), fileOptions]))
    .optional()
    .describe("Category → file; default: {category}.json for each of the source's categories"),
  batch: flag.default(true).describe("All categories in one pull request, or one each"),
  order: z.enum(["target", "source"]).default("target"),
  targetEdits: z.enum(["report", "keep"]).default("report"),
  pullRequest: pullRequestOptions.prefault({}),
});
export type CatalogTargetInput = z.output<typeof catalogTarget>;

/** A route from an HTTP source of records to files in repositories (docs/guides/catalog.md). */
export const catalogRoute = z
  .strictObject({
    kind: z.literal("catalog"),
    source: catalogSource,
    targets: z.record(TargetName, catalogTarget).refine((all) => Object.keys(all).length > 0, "needs a target"),
    triggers: triggerOptions.optional(),
    dryRun: flag.default(false).describe("Compute and show differences, write nothing"),
  })
  .superRefine(({ source, targets }, context) => {
    const known = source.categories === undefined ? undefined : new Set(source.categories);
    for (const [name, { files }] of Object.entries(targets)) {
      if (files === undefined && known === undefined)
        context.addIssue({
          code: "custom",
          path: ["targets", name],
          message: "names no category: give files here or categories at the source",
        });
      for (const category of Object.keys(files ?? {}))
        if (known !== undefined && !known.has(category))
          context.addIssue({
            code: "custom",
            path: ["targets", name, "files", category],
            message: `${category} is not among the source's categories`,
          });
    }
  });
