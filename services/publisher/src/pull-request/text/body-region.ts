import { z } from "zod";
import { RouteName, Sha256, TargetName } from "@lockstep/shared/contracts";

/** What the hidden first line of our part of a pull request's body says. */
const Marker = z.object({
  route: RouteName,
  target: TargetName,
  /** Hash of the wanted content. */
  content: Sha256,
  /** Hash of what title and body were made from. */
  text: Sha256,
  /** Hash of the title that we gave: another one is a person's, and stays (I8). */
  title: Sha256,
  /** We closed it ourselves. */
  closed: z.literal("lockstep").optional(),
});
export type Marker = z.infer<typeof Marker>;

const begin = /^<!-- lockstep ((?:[a-z]+=[\w-]+ )+)-->$/m;
const end = "<!-- /lockstep -->";

/** Our part of a body: between two comments that GitHub does not show. Names never begin a line, so none can forge it. */
export function wrapRegion(marker: Marker, text: string): string {
  const words = Object.entries(marker).map(([name, value]) => `${name}=${value} `);
  return `<!-- lockstep ${words.join("")}-->\n${text}\n${end}`;
}

/** The marker in a body; undefined where none is or where it says something else. */
export function readMarker(body: string): Marker | undefined {
  const words = begin.exec(unixLines(body))?.[1]?.trim().split(" ") ?? [];
  const parsed = Marker.safeParse(Object.fromEntries(words.map((word) => word.split("="))));
  return parsed.success ? parsed.data : undefined;
}

/** The same part under another marker. */
export function changeMarker(body: string, marker: Marker): string {
  const present = unixLines(body);
  const found = begin.exec(present);
  const wrapped = wrapRegion(marker, "").split("\n")[0] ?? "";
  return found === null ? `${present}\n\n${wrapRegion(marker, "")}` : present.replace(begin, () => wrapped);
}

/** What stands around our part: a person's, and kept (I8). */
export function aroundRegion(body: string): { readonly before: string; readonly after: string } {
  const present = unixLines(body);
  const start = begin.exec(present)?.index;
  if (start === undefined) return { before: present === "" ? "" : `${present.trimEnd()}\n\n`, after: "" };
  const stop = present.indexOf(`\n${end}`, start);
  return { before: present.slice(0, start), after: stop < 0 ? "" : present.slice(stop + 1 + end.length) };
}

/** GitHub's web form sends CRLF. */
function unixLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
