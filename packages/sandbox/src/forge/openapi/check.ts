import { readFileSync } from "node:fs";
import { OpenAPIRouter, OpenAPIValidator, type Document, type Operation, type Request } from "openapi-backend";

/** Part of the description of GitHub's REST API: routing, and what requests and responses must look like. */
export interface Check {
  /** The operation a request means, with its path parameters decoded; undefined: GitHub has none. */
  match(request: { readonly method: string; readonly path: string }): Matched | undefined;
  /** What is wrong with the request, in words; empty: nothing. */
  request(matched: Matched, request: Request): readonly string[];
  /** What is wrong with the response, in words; empty: nothing, or a status the description does not know. */
  response(matched: Matched, status: number, body: unknown): readonly string[];
}

export interface Matched {
  readonly id: string;
  readonly params: Readonly<Record<string, string>>;
  /** The request's path, with the slashes of a last parameter encoded. */
  readonly path: string;
  readonly operation: Operation;
}

const root = "/api/v3";
/** Their last parameter holds slashes, which many clients send as they are. */
const openEnded = /^(\/api\/v3\/repos\/[^/]+\/[^/]+\/(?:git\/refs?|git\/matching-refs|contents))\/(.+)$/;

let loaded: Check | undefined;

/** The check, loaded once a process: validators are compiled when an operation is first used. */
export function loadCheck(): Check {
  loaded ??= createCheck();
  return loaded;
}

function createCheck(): Check {
  const text = readFileSync(new URL("description.json", import.meta.url), "utf8");
  const definition = JSON.parse(text.replaceAll('"#/components/schemas/', '"github#/components/schemas/')) as Document;
  const router = new OpenAPIRouter({ definition, apiRoot: root });
  const validator = createValidator(definition, router);
  return {
    match({ method, path }) {
      const closed = path.replace(openEnded, (_, start: string, rest: string) => `${start}/${encodeSlashes(rest)}`);
      const operation = router.matchOperation({ method, path: closed, headers: {} });
      if (operation?.operationId === undefined) return undefined;
      return { id: operation.operationId, operation, path: closed, params: pathParameters(operation.path, closed) };
    },
    request(matched, request) {
      const { errors } = validator.validateRequest({ ...request, path: matched.path }, matched.operation);
      return (errors ?? []).map((error) => `${error.instancePath} ${error.message ?? error.keyword}`);
    },
    response(matched, status, body) {
      const { errors } = validator.validateResponse(body, matched.operation, status);
      return (errors ?? []).map((error) => `${error.instancePath} ${error.message ?? error.keyword}`);
    },
  };
}

/**
 * Schemas refer to each other and are compiled once in a shared compiler: the dereferenced form that the library
 * makes by itself takes five times as long.
 */
function createValidator(definition: Document, router: OpenAPIRouter): OpenAPIValidator {
  const options = { strict: false, validateFormats: false, logger: false } as const;
  const schemas = { components: { schemas: definition.components?.schemas ?? {} } };
  const shared = new Map<unknown, unknown>();
  return new OpenAPIValidator({
    definition,
    router,
    lazyCompileValidators: true,
    ajvOpts: options,
    customizeAjv: (fresh, { coerceTypes }) => {
      const known = shared.get(coerceTypes) as typeof fresh | undefined;
      if (known !== undefined) return known;
      shared.set(coerceTypes, fresh);
      return fresh.addSchema(schemas, "github");
    },
  });
}

function pathParameters(template: string, path: string): Record<string, string> {
  const names = template.split("/");
  const values = path.slice(root.length).split("/");
  const pairs = names.flatMap((name, at): [string, string][] =>
    name.startsWith("{") ? [[name.slice(1, -1), decodeURIComponent(values[at] ?? "")]] : [],
  );
  return Object.fromEntries(pairs);
}

function encodeSlashes(rest: string): string {
  return rest.replaceAll("/", "%2F");
}
