import { z } from "zod";
import { Secret } from "../runtime/secret.ts";

/**
 * The scalars of lockstep.yaml. An environment variable is always text, so each of them
 * also takes its value as text.
 */

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time, `500ms`, `60s`, `5m`, `1h` or `7d`; becomes milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, "must be a duration such as 500ms, 60s, 5m, 1h or 7d")
  .transform((text) => {
    const unit = text.replace(/^[\d.]+/, "") as keyof typeof unitsMs;
    return Math.round(Number.parseFloat(text) * unitsMs[unit]);
  });

const unitsBytes = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** A length of time that is longer than none. */
export const period = duration.refine((ms) => ms > 0, "must be longer than 0");

/** A size, a number of bytes or `64MiB`; becomes bytes. */
export const size = z
  .union([
    z.int().positive(),
    z.string().regex(/^\d+ ?(B|KiB|MiB|GiB)?$/, "must be a number of bytes or a size such as 64MiB"),
  ])
  .transform((value) => {
    if (typeof value === "number") return value;
    const unit = (/[A-Za-z]+$/.exec(value)?.[0] ?? "B") as keyof typeof unitsBytes;
    return Number.parseInt(value, 10) * unitsBytes[unit];
  })
  .refine((bytes) => bytes > 0 && Number.isSafeInteger(bytes), "must be at least 1 byte");

/** A whole number of at least `least`. */
export function whole(least: number) {
  return z
    .union([z.int(), z.string().regex(/^\d+$/, "must be a whole number").transform(Number)])
    .refine((value) => value >= least, `must be at least ${least}`)
    .refine((value) => Number.isSafeInteger(value), "is too large");
}

/** true or false. */
export const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

/** A number of records, or a share of all of them. */
export const countOrPercent = z
  .union([
    z.int().nonnegative(),
    z.string().regex(/^(\d+|\d+(\.\d+)?%)$/, "must be a number or a percentage such as 20%"),
  ])
  .transform((value): { readonly count: number } | { readonly percent: number } => {
    if (typeof value === "number") return { count: value };
    return value.endsWith("%") ? { percent: Number.parseFloat(value) } : { count: Number(value) };
  })
  .refine((limit) => !("percent" in limit) || limit.percent <= 100, "must be at most 100%");
export type CountOrPercent = z.output<typeof countOrPercent>;

/** A value that never shows itself (I9). */
export const secret = z
  .union([z.string().min(1), z.number().transform(String)])
  .transform((value) => new Secret(value));

/** An http or https URL without credentials; a slash at its end is dropped. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .refine((url) => !/^https?:\/\/[^/]*@/.test(url), "must not carry credentials: use a token")
  .transform((url) => url.replace(/\/+$/, ""));

/** A path inside a repository. */
export const filePath = z
  .string()
  .refine(
    (path) => !path.split("/").some((part) => ["", ".", "..", ".git"].includes(part.toLowerCase())),
    "must be a path inside the repository",
  );

/** A branch, as git names it. */
export const branchName = z
  .string()
  .regex(/^(?![-/.])(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u, "must be a branch name");
