import { createHash } from "node:crypto";
import { z } from "zod";
import type { ForgeHooks, HookDelivery } from "./forge-hooks.ts";
import { objectId, parseBody, pushOf, readAs } from "./payload.ts";
import { headerOf, isSignedWith } from "./signatures.ts";

const forge = "a generic webhook";

/** All of it optional: an empty object says that the route must be looked at. */
const payloadSchema = z.object({ ref: z.string().max(1000).optional(), after: objectId.optional() });
const deliverySchema = z.string().regex(/^[\w:.-]{1,128}$/);

/**
 * `POST /webhooks/generic/<route>` for whoever can sign a body: HMAC-SHA-256 in `X-Hub-Signature-256`, as GitHub does.
 * `X-Lockstep-Delivery` names the occurrence; without it, the body does.
 */
export const genericHooks: ForgeHooks = {
  name: "generic",
  namesRoute: true,
  isSigned: (headers) => /^sha256=[0-9a-f]{64}$/.test(headerOf(headers, "x-hub-signature-256")),
  verify: ({ headers, body }, secrets) =>
    Promise.resolve(isSignedWith(body, headerOf(headers, "x-hub-signature-256").slice("sha256=".length), secrets)),
  read({ headers, body, rest = "" }): HookDelivery {
    const { ref, after } = readAs(forge, payloadSchema, parseBody(forge, body));
    const named = headerOf(headers, "x-lockstep-delivery");
    const delivery =
      named === ""
        ? createHash("sha256").update(body).digest("hex").slice(0, 32)
        : readAs(forge, deliverySchema, named);
    const isPush = ref !== undefined && after !== undefined;
    return {
      id: `generic:${rest}:${delivery}`.slice(0, 200),
      repository: undefined,
      route: rest,
      news: isPush ? pushOf(ref, after) : { kind: "change" },
    };
  },
};
