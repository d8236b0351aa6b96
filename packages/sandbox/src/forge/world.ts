import { join } from "node:path";
import type { CompareCache } from "./compare-cache.ts";
import type { Check } from "./openapi/check.ts";
import type { Faults } from "./effects.ts";
import type { RateLimits } from "./rate-limit.ts";
import type { RequestLog } from "./request-log.ts";
import { fullName, type Repository, type State } from "./state.ts";
import type { Webhooks } from "./webhooks.ts";

/** What every part of the forge works on. */
export interface World {
  readonly folder: string;
  /** The program that serves git over HTTP. */
  readonly httpBackend: string;
  /** The folder of the hook that refuses pushes. */
  readonly hooks: string;
  readonly state: State;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly webhooks: Webhooks;
  readonly check: Check;
  readonly compare: CompareCache;
  readonly app: AppRegistration | undefined;
  readonly limits: RateLimits;
  /** Whether requests and answers are held against GitHub's description. */
  readonly checking: boolean;
  /** Answers that broke the description, and bugs of the forge: a test expects none. */
  readonly violations: string[];
  /** `http://127.0.0.1:PORT`, known when the server listens. */
  url: string;
  /** Aborted when the forge is closed. */
  readonly ended: AbortSignal;
  /** Called after every change of the state: it is saved soon. */
  readonly changed: () => void;
}

/** The one GitHub App the forge knows. */
export interface AppRegistration {
  readonly id: number;
  /** PEM; its JWTs are verified with it. */
  readonly publicKey: string;
  readonly installationId: number;
  /** How long an installation token lives; default one hour, as GitHub's. */
  readonly tokenLifeMs?: number;
  readonly slug?: string;
  /** `owner/name` of each repository it is installed on; absent: all. */
  readonly repositories?: readonly string[];
}

/** The folder of the repository's bare git repository. */
export function gitFolder(world: Pick<World, "folder">, repository: Pick<Repository, "owner" | "name">): string {
  return join(world.folder, "git", `${fullName(repository)}.git`);
}
