/**
 * Predicts images in Node and in a page of Chromium with the same model: voxels whose labels differ, and seconds of
 * processor time, which other programs do not change as much as the time that passes.
 * node tools/bench/browser.mjs --folder MODEL_FOLDER --file MODEL_FILE [--threads 1] [--device cpu] [--lowering auto] [--mirror all|none] IMAGE.nii.gz…
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { loadModel } = await import(`${root}packages/inference/dist/node/index.js`);
const { readVolume } = await import(`${root}packages/volume/dist/node/index.js`);
const { chromium } = createRequire(`${root}packages/integration/package.json`)('playwright-core');

const { values, positionals: images } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    file: { type: 'string' },
    threads: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    lowering: { type: 'string', default: 'auto' },
    mirror: { type: 'string', default: 'all' },
  },
});
const threads = Number(values.threads);
const mirrored = values.mirror === 'all';

const server = await serve();
const args = ['--headless', '--no-sandbox', ...(values.device === 'cpu' ? ['--disable-gpu'] : [])];
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
const processes = await browser.newBrowserCDPSession();
const page = await browser.newPage();
page.setDefaultTimeout(0);
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const { compute, seconds } = await page.evaluate(`(async () => {
  const start = performance.now();
  const { loadModel } = await import('/page.js');
  window.model = await loadModel('/model', {
    worker: '/predict-worker.js', threads: ${threads}, device: '${values.device}',
  });
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  }).observe({ type: 'longtask' });
  return { compute: model.compute, seconds: (performance.now() - start) / 1000 };
})()`);
console.log(`${compute} Loaded in ${seconds.toFixed(1)} s.`);
const model = await loadModel(values.folder, { compute: { threads, lowering: values.lowering } });
console.log('case                      voxels  differ  Node s  page s  ratio');
/** Processor time of the page and its workers, in seconds. */
const pageTime = async () => {
  const { processInfo } = await processes.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, { type, cpuTime }) => sum + (type === 'renderer' ? cpuTime : 0), 0);
};
const nodeTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const sums = [0, 0];
for (const [number, image] of images.entries()) {
  const volume = await readVolume(image);
  const start = nodeTime();
  const expected = (await model.predict(volume, { mirroring: mirrored })).labels();
  const node = nodeTime() - start;
  const before = await pageTime();
  const found = await page.evaluate(`(async () => {
    const image = new File([await (await fetch('/image/${number}')).arrayBuffer()], '${basename(image)}');
    const { data } = (await model.predict(image, ${mirrored ? '{}' : '{ mirrorAxes: [] }'})).labels();
    return [...data];
  })()`);
  const differ = expected.data.reduce((sum, label, i) => sum + (label === found[i] ? 0 : 1), 0);
  const own = (await pageTime()) - before;
  sums[0] += node;
  sums[1] += own;
  const columns = [
    basename(image).replace('.nii.gz', '').padEnd(22),
    String(expected.data.length).padStart(9),
    String(differ).padStart(7),
    node.toFixed(2).padStart(7),
    own.toFixed(2).padStart(7),
    (own / node).toFixed(2).padStart(6),
  ];
  console.log(columns.join(' '));
}
console.log(`all: page / Node ${(sums[1] / sums[0]).toFixed(2)}`);
console.log(`longest task of the page: ${(await page.evaluate('longest')).toFixed(0)} ms`);
await browser.close();
await model.dispose();
server.close();

/** Serves the page, isolated from other origins, with the model and the images. */
async function serve() {
  const { outputFiles } = await build({
    stdin: { contents: "export { loadModel } from '@nnunet/inference';", resolveDir: root },
    absWorkingDir: root,
    tsconfig: 'tsconfig.json',
    bundle: true,
    format: 'esm',
    write: false,
  });
  const paths = {
    '/predict-worker.js': `${root}packages/inference/dist/browser/predict-worker.js`,
    '/model': values.file,
    ...Object.fromEntries(images.map((image, number) => [`/image/${number}`, image])),
  };
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
  return server;
}
