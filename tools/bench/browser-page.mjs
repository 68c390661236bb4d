/** A page of Chromium, isolated from other origins, with packages of this project in it. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const { chromium } = createRequire(`${root}packages/integration/package.json`)('playwright-core');

/**
 * @param exports source of what `/page.js` exports
 * @param paths files by the path at which they are served, besides `/onnxruntime-web/`
 * @param gpu whether Chromium may look for a GPU
 * @returns `page`; `seconds()`, the processor time of the page and its workers so far; `memory()`; and `close()`
 */
export async function openPage({ exports, paths, gpu = false }) {
  const { outputFiles } = await build({
    stdin: { contents: exports, resolveDir: root },
    absWorkingDir: root,
    tsconfig: 'tsconfig.json',
    bundle: true,
    format: 'esm',
    write: false,
  });
  const types = { js: 'text/javascript', mjs: 'text/javascript', wasm: 'application/wasm' };
  const server = createServer((request, response) => {
    const runtime = /^\/onnxruntime-web\/([\w.-]+)$/.exec(request.url)?.[1];
    const file = runtime
      ? `${root}packages/integration/node_modules/onnxruntime-web/dist/${runtime}`
      : paths[request.url];
    const type = request.url === '/' ? 'text/html' : types[request.url.split('.').at(-1)];
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.setHeader('content-type', type ?? 'application/octet-stream');
    if (request.url === '/page.js') response.end(outputFiles[0].contents);
    else response.end(file === undefined ? '<!doctype html>' : readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const args = ['--headless', '--no-sandbox', ...(gpu ? [] : ['--disable-gpu'])];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  const processes = await browser.newBrowserCDPSession();
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  return {
    page,
    async seconds() {
      const { processInfo } = await processes.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { type, cpuTime }) => sum + (type === 'renderer' ? cpuTime : 0), 0);
    },
    /** Greatest resident memory of the page and its workers so far, in bytes. Linux only. */
    async memory() {
      const { processInfo } = await processes.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer');
      const peaks = renderers.map(({ id }) => /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]);
      return 1024 * Math.max(...peaks.map(Number));
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Processor time of this process, in seconds. */
export function ownSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
