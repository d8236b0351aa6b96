import { ok, type Answer, type Call } from "./operation.ts";

/** One page of a list, with GitHub's Link header: 30 items unless `per_page` (at most 100) says otherwise. */
export function page<Item>(call: Call, items: readonly Item[], represent: (item: Item) => unknown): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query["per_page"] ?? 30)));
  const number = Math.max(1, Number(call.query["page"] ?? 1));
  const last = Math.max(1, Math.ceil(items.length / size));
  const shown = items.slice((number - 1) * size, number * size).map(represent);
  const to = (page: number, rel: string) => `<${pageUrl(call, page)}>; rel="${rel}"`;
  const links = [
    ...(number > 1 ? [to(number - 1, "prev"), to(1, "first")] : []),
    ...(number < last ? [to(number + 1, "next"), to(last, "last")] : []),
  ];
  return ok(shown, links.length === 0 ? undefined : { link: links.join(", ") });
}

function pageUrl(call: Call, page: number): string {
  const url = new URL(call.url, call.world.url);
  url.searchParams.set("page", String(page));
  return url.href;
}
