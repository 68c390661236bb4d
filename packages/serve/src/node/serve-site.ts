import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { NnUNetError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { namesIn } from '@nnunet/tensor/node/internal';
import { listen } from './listen.ts';
import { requestedAddress, requireOwnRequest } from './own-requests.ts';
import { answerTo } from './refusal.ts';
import type { Service } from './serve-models.ts';

export interface ServeSiteOptions {
  /** Folder that nnUNet_export_web has written. */
  folder: string;
  /** Default: 127.0.0.1, this machine alone. */
  host?: string;
  /** 0 chooses a free port. */
  port: number;
  /** Stops the service when aborted. */
  signal?: AbortSignal;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** Isolates the page from other origins, so that it may use threads. */
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/**
 * Serves the page that `exportWeb` of @nnunet/sharing writes. Everything is computed in the browser; the server only
 * hands out the files.
 *
 * @throws NnUNetError 'missing-folder', 'missing-file' if there is no page in it, 'port-taken', 'no-access', 'usage'
 */
export async function serveSite({ folder, host = '127.0.0.1', port, signal }: ServeSiteOptions): Promise<Service> {
  requireInteger('port', port, 0, 65535);
  if (!(await namesIn(folder)).includes('index.html')) {
    throw new NnUNetError('missing-file', {
      what: 'there is no page in this folder',
      where: folder,
      remedy: 'Give a folder that nnUNet_export_web has written.',
    });
  }
  const server = createServer((request, response) => {
    hand(request, response, { folder, host }).catch((error) => {
      const { status, body } = answerTo(error);
      const { what, remedy } = body.error;
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { ...HEADERS, 'content-type': TYPES['.txt'] }).end(`${what}\n${remedy}\n`);
    });
  });
  const url = await listen(server, host, port);
  const stopped = new Promise<void>((resolve) => {
    const stop = () => {
      server.close(() => resolve());
      server.closeAllConnections();
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
  return { url, stopped };
}

async function hand(
  request: IncomingMessage,
  response: ServerResponse,
  { folder, host }: { folder: string; host: string },
): Promise<void> {
  requireOwnRequest(request, host);
  const name = fileOf(requestedAddress(request).pathname);
  const path = name === null ? null : join(folder, name);
  const found = path === null ? null : await stat(path).catch(() => null);
  if (path === null || !found?.isFile() || (request.method !== 'GET' && request.method !== 'HEAD')) {
    response.writeHead(found?.isFile() ? 405 : 404, HEADERS).end();
    return;
  }
  const etag = `"${found.size.toString(36)}-${found.mtimeMs.toString(36)}"`;
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  const headers = { ...HEADERS, etag, 'content-type': type };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': found.size });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

/** Returns the file that a path asks for; null for what no site contains, such as hidden files. */
function fileOf(pathname: string): string | null {
  try {
    const name = decodeURIComponent(pathname).slice(1) || 'index.html';
    return /(^|[/\\])\.|\0|\\/.test(name) ? null : name;
  } catch {
    return null;
  }
}
