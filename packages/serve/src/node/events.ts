import type { ServerResponse } from 'node:http';

/** Comments keep proxies from closing a quiet connection. */
const HEARTBEAT_MS = 15_000;

/** Answers with server-sent events. */
export class Events {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    this.#heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  }

  send(event: string, data: object): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }
}
