import { readFileSync, realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ts from 'typescript';
import { repository } from './commands.ts';

/** The built packages whose root export is said to run in a browser, and third-party packages that those import. */
const modules: Record<string, string> = Object.fromEntries(
  ['errors', 'fingerprint', 'morphology', 'planner', 'preprocess', 'resample', 'schema', 'tensor', 'volume'].flatMap(
    (name) => [
      [`@nnunet/${name}`, `packages/${name}/dist/index.js`],
      ...(name === 'fingerprint' ? [] : [[`@nnunet/${name}/internal`, `packages/${name}/dist/internal.js`]]),
    ],
  ),
);
modules.fflate = 'packages/tensor/node_modules/fflate/esm/browser.js';
modules.valibot = 'packages/schema/node_modules/valibot/dist/index.mjs';
modules['nifti-reader-js'] = 'packages/volume/node_modules/nifti-reader-js/dist/nifti.js';

const types: Record<string, string> = { js: 'text/javascript', mjs: 'text/javascript', ts: 'text/javascript' };

export interface PageServer {
  readonly address: string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  close(): void;
}

/**
 * Serves the repository on the loopback interface: `/` is an empty page that finds the packages by an import map, so
 * that an import of anything else fails; TypeScript comes with its types taken off.
 */
export async function servePages(): Promise<PageServer> {
  const imports = Object.fromEntries(Object.entries(modules).map(([name, path]) => [name, `/${pathIn(path)}`]));
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    requests.push(path);
    try {
      const body = path === '/' ? page : readFileSync(join(repository, pathIn(path.slice(1))));
      const type = path === '/' ? 'text/html' : (types[path.split('.').at(-1)!] ?? 'application/octet-stream');
      response.setHeader('content-type', type).end(path.endsWith('.ts') ? withoutTypes(String(body)) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A path of the repository with links followed, so that relative imports of a linked package find its files. */
function pathIn(path: string): string {
  return realpathSync(join(repository, path))
    .slice(realpathSync(repository).length + 1)
    .replaceAll('\\', '/');
}

function withoutTypes(source: string): string {
  const { ESNext } = ts.ScriptTarget;
  return ts.transpileModule(source, { compilerOptions: { target: ESNext, module: ts.ModuleKind.ESNext } }).outputText;
}
