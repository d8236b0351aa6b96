import type { Decision } from "./decide-pull-request.ts";

/** What a dry run says instead of doing it. */
export function describeDecision(decision: Decision): string {
  switch (decision.kind) {
    case "nothing":
    case "delete-branch":
      return decision.kind === "nothing" && decision.reason !== undefined ? decision.reason : "nothing to do";
    case "keep":
      return `#${decision.pull.number} would stay as it is`;
    case "open":
      return "would open a pull request";
    case "update":
      return `would update #${decision.pull.number}`;
    case "reopen":
      return `would reopen #${decision.pull.number}`;
    case "close":
      return `would close #${decision.pull.number}: ${decision.reason}`;
    case "hold":
      return `would be held: ${decision.hold.reason}`;
    case "wait":
      return `would wait: ${decision.wait.reason}`;
  }
}
