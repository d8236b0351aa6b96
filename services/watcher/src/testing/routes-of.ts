import { expect } from "vitest";
import type { World } from "./world.ts";

interface RouteText {
  readonly triggers?: string;
  readonly url?: string;
}

/** Targets that nobody can reach do not matter here: their looks fail and are repeated ever less often. */
export function routesOf(source: string, routes: Readonly<Record<string, RouteText>>): string {
  const lines = Object.entries(routes).map(
    ([name, { triggers = "interval: 1h", url = source }]) => `
  ${name}:
    kind: catalog
    source: { url: ${url}, categories: [text] }
    targets: { t: { repository: acme/${name} }, u: { repository: acme/${name}-u } }
    triggers: { reconcile: 24h, ${triggers} }`,
  );
  return `github: { apiUrl: http://127.0.0.1:9/api/v3 }\nroutes:${lines.join("") || " {}"}\n`;
}

/** Why the route's changes were published, in order. */
export async function causesOf(world: World, route: string) {
  await world.settle();
  return world.changes(route).map((change) => change.trigger);
}

/** Waits until the route has as many changes. */
export async function untilChanges(world: World, route: string, count: number) {
  await expect.poll(() => causesOf(world, route), { timeout: 10_000 }).toHaveLength(count);
  return await causesOf(world, route);
}
