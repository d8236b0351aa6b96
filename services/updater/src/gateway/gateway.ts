import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { PermanentError } from "@lockstep/shared/runtime";
import { Backend } from "./backend.ts";
import { forward } from "./forward.ts";
import { forwardUpgrade } from "./forward-upgrade.ts";
import { Gate, type HoldLimits } from "./gate.ts";
import { answerUnreachable, answerUpdating } from "./unavailable.ts";

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Answers what begins with this path itself. */
  readonly admin?: {
    readonly path: string;
    readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  };
  /** The application's health: while it is away on purpose, the platform must not end the container. */
  readonly healthPath: string;
  readonly hold: HoldLimits;
}

/** What stands in front of the application: it is there whether the application is or not. */
export class Gateway implements AsyncDisposable {
  readonly #gate: Gate;
  readonly #server: Server;
  readonly #options: GatewayOptions;
  readonly #backends = new Set<Backend>();

  private constructor(options: GatewayOptions) {
    this.#options = options;
    this.#gate = new Gate(options.hold);
    // An upload may take longer than any limit; its head may not.
    this.#server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 });
    this.#server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#take(request, response));
    this.#server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(request, { socket, head }),
    );
  }

  /** Listens. PermanentError `GATEWAY_PORT_TAKEN`. */
  static async listen(options: GatewayOptions): Promise<Gateway> {
    const gateway = new Gateway(options);
    const { host, port } = options;
    gateway.#server.listen({ host, port });
    try {
      await once(gateway.#server, "listening");
    } catch (error) {
      throw new PermanentError("GATEWAY_PORT_TAKEN", `The gateway cannot listen on ${host}:${port}: ${String(error)}`, {
        hint: "give the gateway another port than the application's: updater.gateway.port",
        cause: error,
      });
    }
    return gateway;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where requests go now; undefined while they are held or turned away. */
  get backend(): Backend | undefined {
    return this.#gate.backend;
  }

  /** How many requests wait. */
  get held(): number {
    return this.#gate.held;
  }

  /** New requests wait, those under way go on. */
  hold(): void {
    this.#gate.hold();
  }

  /** Requests are answered by "updating". */
  maintain(): void {
    this.#gate.close();
  }

  /** Requests go to the application at this port, first those that waited. */
  open(port: number): Backend {
    const backend = new Backend(port);
    this.#backends.add(backend);
    this.#gate.open(backend);
    return backend;
  }

  /** Ends what is left of a backend's connections. */
  async retire(backend: Backend): Promise<void> {
    this.#backends.delete(backend);
    await backend.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gate.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await Promise.all([...this.#backends].map((backend) => this.retire(backend)));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const { admin } = this.#options;
    if (admin !== undefined && isBelow(request.url ?? "/", admin.path)) return admin.handle(request, response);
    const leave = this.#gate.enter({
      pass: (backend) => {
        if (response.destroyed) return;
        const onFailure = () => answerUnreachable(request, response);
        forward(request, response, { backend, onFailure });
      },
      refuse: () => this.#refuse(request, response),
    });
    if (this.#gate.held > 0) response.once("close", leave);
  }

  #refuse(request: IncomingMessage, response: ServerResponse): void {
    if (isBelow(request.url ?? "/", this.#options.healthPath))
      return void response.writeHead(200, { "cache-control": "no-store" }).end("updating");
    answerUpdating(request, response);
  }

  #upgrade(request: IncomingMessage, { socket, head }: { readonly socket: Socket; readonly head: Buffer }): void {
    const abandon = () => socket.destroy();
    socket.on("error", abandon);
    const leave = this.#gate.enter({
      pass: (backend) => {
        socket.off("error", abandon);
        if (!socket.destroyed) forwardUpgrade({ request, socket, head }, backend);
      },
      refuse: () => socket.end("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 3\r\nConnection: close\r\n\r\n"),
    });
    if (this.#gate.held > 0) socket.once("close", leave);
  }
}

/** Whether a request's target is this path, or below it. */
function isBelow(target: string, path: string): boolean {
  if (!target.startsWith(path)) return false;
  const next = target[path.length];
  return next === undefined || next === "/" || next === "?" || path.endsWith("/");
}
