import { randomBytes } from "node:crypto";
import { userOf, type Token } from "./state.ts";
import type { World } from "./world.ts";

/** Adds a token and gives it: random where none is given. Its user is made where it is new. */
export function addToken(world: World, given: Partial<Token> & { readonly login: string }): string {
  const token = { token: `ghp_${randomBytes(18).toString("hex")}`, ...given };
  userOf(world.state, token.login);
  world.state.tokens.set(token.token, token);
  world.changed();
  return token.token;
}
