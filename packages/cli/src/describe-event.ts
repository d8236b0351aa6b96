import {
  alert,
  changeDetected,
  deadLetter,
  diffComputed,
  mirrorDiff,
  prPublished,
  refsMirrored,
  trigger,
} from "@lockstep/shared/contracts";
import type { StoredMessage } from "@lockstep/shared/runtime";
import { describeDeploymentDiff, describeUpdateMessage } from "./describe-deployment.ts";
import { paint } from "./print.ts";

/** One readable line for an event; what this version does not know is shown as its subject. */
export function describeEvent(message: StoredMessage): string {
  const name = message.subject.split(".")[1] ?? message.subject;
  const time = paint("dim", message.time.slice(11, 19));
  const words = describe(name, message);
  return `${time} ${paint(colours[name] ?? "white", name.padEnd(15))} ${words}`;
}

const colours: Readonly<Record<string, "cyan" | "blue" | "magenta" | "green" | "red" | "yellow">> = {
  trigger: "cyan",
  "change-detected": "blue",
  "diff-computed": "magenta",
  "pr-published": "green",
  "update-applied": "green",
  "refs-mirrored": "green",
  alert: "yellow",
  dead: "red",
};

function describe(name: string, message: StoredMessage): string {
  try {
    return describeKnown(name, message);
  } catch {
    return `${message.subject} (cannot be read)`;
  }
}

function describeKnown(name: string, { subject, body, seq }: StoredMessage): string {
  switch (name) {
    case "trigger": {
      const { route, reason } = trigger.parse(subject, body);
      return `${route}${reason === undefined ? "" : `: ${reason}`}`;
    }
    case "change-detected": {
      const { route, trigger: cause, revision } = changeDetected.parse(subject, body);
      return `${route} by ${cause.kind}, revision ${revision.slice(0, 12)} (#${seq})`;
    }
    case "diff-computed": {
      if (subject.split(".")[2] === "deployment") return describeDeploymentDiff(subject, body);
      if (subject.split(".")[2] === "mirror") {
        const { route, target, counts } = mirrorDiff.parse(subject, body);
        return `${route}.${target} +${counts.added} −${counts.removed} ~${counts.modified} refs`;
      }
      const { route, target, counts, failed } = diffComputed.parse(subject, body);
      const failing = failed.length === 0 ? "" : `, ${failed.length} part(s) failed: ${failed[0]?.message}`;
      return `${route}.${target} +${counts.added} −${counts.removed} ~${counts.modified}${failing}`;
    }
    case "pr-published": {
      const { route, target, action, number, url, reason } = prPublished.parse(subject, body);
      const pull = number === undefined ? "" : ` #${number} ${url ?? ""}`;
      return `${route}.${target} ${action}${pull}${reason === undefined ? "" : ` (${reason})`}`;
    }
    case "update-applied":
      return describeUpdateMessage(subject, body);
    case "refs-mirrored": {
      const { route, target, action, counts, lagging, reason } = refsMirrored.parse(subject, body);
      const { created, updated, deleted, rejected } = counts;
      const refs = action === "unchanged" ? "" : ` +${created} −${deleted} ~${updated} refs`;
      const refused = rejected === 0 ? "" : `, ${rejected} refused`;
      const behind = lagging === 0 ? "" : `, ${lagging} behind`;
      return `${route}.${target} ${action}${refs}${refused}${behind}${reason === undefined ? "" : ` (${reason})`}`;
    }
    case "alert": {
      const { route, code, message } = alert.parse(subject, body);
      return `${route} ${code}: ${message}`;
    }
    case "dead": {
      const { service, route, code, message } = deadLetter.parse(subject, body);
      return `${service} gave up on ${route}: ${message} [${code}]`;
    }
    default:
      return subject;
  }
}
