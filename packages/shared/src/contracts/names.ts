import { z } from "zod";

/** One subject token. Checked before any text becomes part of a subject or a key (spec: bus, trap 11). */
const token = z.string().regex(/^[a-z0-9-]{1,64}$/, "must be 1 to 64 of a-z, 0-9 and -");

export const RouteName = token.brand<"RouteName">();
export type RouteName = z.infer<typeof RouteName>;

/** The alias of a repository or destination within its route, or an installation's id. */
export const TargetName = token.brand<"TargetName">();
export type TargetName = z.infer<typeof TargetName>;

export const RouteKind = z.enum(["catalog", "mirror", "deployment"]);
export type RouteKind = z.infer<typeof RouteKind>;

/** A sequence number of the EVENTS stream. */
export const Sequence = z.int().nonnegative();

/** A git object id, SHA-1 or SHA-256, in lower-case hex. */
export const ObjectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, "must be a git object id");

/** A SHA-256 in lower-case hex. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex");

/** The hash of the content that a target should have: equal content, equal id. */
export const DiffId = Sha256.brand<"DiffId">();
export type DiffId = z.infer<typeof DiffId>;

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime();
