import { createHash } from "node:crypto";
import type { Announcement } from "./announcement.ts";
import { aroundRegion, changeMarker, readMarker, wrapRegion, type Marker } from "./body-region.ts";
import { longestBody, pullRequestBody } from "./pull-request-body.ts";
import { pullRequestTitle } from "./pull-request-title.ts";
import type { PullRequest } from "../pull-requests.ts";

/** Title and body of a part's pull request. */
export interface PullRequestText {
  readonly title: string;
  /** Hash of what they were made from: another trigger with the same content gives the same. */
  readonly hash: string;
  /** The body, keeping what a person wrote around our part of the present one (I8). */
  readonly body: (present: string) => string;
}

/** Makes the texts. `content` is the hash of the wanted files. Pure. */
export function pullRequestText(announcement: Announcement, content: string): PullRequestText {
  const title = pullRequestTitle(announcement);
  const hash = sha256(JSON.stringify([title, content, pullRequestBody(announcement, longestBody).stable]));
  const { route, target } = announcement.diff;
  const marker: Marker = { route, target, content, text: hash, title: titleHash(title) };
  return {
    title,
    hash,
    body(present) {
      const { before, after } = aroundRegion(present);
      const frame = before.length + after.length + wrapRegion(marker, "").length;
      return `${before}${wrapRegion(marker, pullRequestBody(announcement, longestBody - frame).full)}${after}`;
    },
  };
}

/** What to change of a pull request so that it says this; a title that a person gave stays (I8). */
export function changesOfText(pull: PullRequest, text: PullRequestText): { title?: string; body?: string } {
  const body = text.body(pull.body);
  const ourTitle = readMarker(pull.body)?.title === titleHash(pull.title);
  return {
    ...(ourTitle && pull.title !== text.title && { title: text.title }),
    ...(body !== pull.body.replaceAll("\r\n", "\n") && { body }),
  };
}

/** The same body with a note, invisible to people, that we closed it ourselves. */
export function closedBody(
  pull: PullRequest,
  about: { readonly route: Marker["route"]; readonly target: Marker["target"]; readonly content: string | undefined },
): string {
  const { route, target, content = sha256("") } = about;
  const marker = readMarker(pull.body) ?? { route, target, content, text: content, title: sha256("") };
  return changeMarker(pull.body, { ...marker, closed: "lockstep" });
}

function titleHash(title: string): string {
  return sha256(title.trim());
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
