import { readFileSync, realpathSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { extname, join, relative } from 'node:path';
import ts from 'typescript';
import { repository } from './commands.ts';

/** Built packages whose root export is said to run in a browser. */
const packages = [
  'augment',
  'autodiff',
  'errors',
  'fingerprint',
  'inference',
  'metrics',
  'morphology',
  'network',
  'pickle',
  'planner',
  'plot',
  'postprocess',
  'preprocess',
  'resample',
  'schema',
  'tensor',
  'threads',
  'torch-checkpoint',
  'trainer',
  'volume',
];

/** The exports of these packages that need no Node, and third-party packages that they import. */
const modules: Record<string, string> = Object.fromEntries(packages.flatMap(exportsOf));
modules['fast-png'] = 'packages/plot/node_modules/fast-png/lib/index.js';
modules.iobuffer = relative(
  repository,
  createRequire(realpathSync(join(repository, modules['fast-png']))).resolve('iobuffer'),
);
modules.fflate = 'packages/tensor/node_modules/fflate/esm/browser.js';
modules.valibot = 'packages/schema/node_modules/valibot/dist/index.mjs';
modules['nifti-reader-js'] = 'packages/volume/node_modules/nifti-reader-js/dist/nifti.js';

const types: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.ts': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Headers with which a browser isolates a page from other origins, so that it may use threads. */
export const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

export interface PageServer {
  readonly address: string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  close(): void;
}

/**
 * Serves the repository on the loopback interface: `/` is an empty page that finds the packages by an import map, so
 * that an import of anything else fails; TypeScript comes with its types taken off.
 *
 * @param files further files, by path
 */
export async function servePages({
  isolated = false,
  files = {},
}: {
  isolated?: boolean;
  files?: Readonly<Record<string, Uint8Array>>;
} = {}): Promise<PageServer> {
  const imports = Object.fromEntries(Object.entries(modules).map(([name, path]) => [name, `/${pathIn(path)}`]));
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script>`;
  const requests: string[] = [];
  const server = await serveLocally((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    requests.push(path);
    if (isolated) response.setHeaders(new Map(Object.entries(isolation)));
    try {
      const body = path === '/' ? page : (files[path] ?? readFileSync(join(repository, pathIn(path.slice(1)))));
      response
        .setHeader('content-type', contentType(path === '/' ? 'page.html' : path))
        .end(path.endsWith('.ts') ? withoutTypes(String(body)) : body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { ...server, requests };
}

/** Serves on the loopback interface. */
export async function serveLocally(listener: RequestListener): Promise<Omit<PageServer, 'requests'>> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Returns the type of a file by its name. */
export function contentType(path: string): string {
  return types[extname(path)] ?? 'application/octet-stream';
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

function exportsOf(name: string): [specifier: string, path: string][] {
  const folder = join('packages', name);
  const manifest = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8'));
  return Object.entries<{ default?: string }>(manifest.exports).flatMap(([key, { default: file }]) =>
    file === undefined || key.startsWith('./node') ? [] : [[`@nnunet/${name}${key.slice(1)}`, join(folder, file)]],
  );
}
