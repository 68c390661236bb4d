/**
 * Measures what a first visit to a page of nnUNet_export_web with an example transfers: opens it in Chromium with an empty
 * cache, predicts the example, and sums the bytes that the network gave to the page, its workers and its service worker
 * (encoded lengths, headers included). Served by nnUNet_serve.
 * node tools/bench/first-visit.mjs PAGE_FOLDER
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Without it, requests of service workers are not told.
process.env.PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS = '1';
const root = fileURLToPath(new URL('../../', import.meta.url));
const { chromium } = createRequire(`${root}packages/integration/package.json`)('playwright-core');

const server = spawn(process.execPath, [`${root}packages/cli/bin/nnUNet_serve.mjs`, process.argv[2], '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const address = await new Promise((resolve, reject) => {
  server.once('exit', (code) => reject(new Error(`nnUNet_serve ended with ${code}`)));
  server.stdout.on('data', (text) => {
    const found = /http:\/\/[\w.:[\]]+\/?/.exec(text);
    if (found) resolve(found[0]);
  });
});
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
try {
  const context = await browser.newContext();
  const transfers = [];
  context.on('requestfinished', (request) => transfers.push(transferOf(request)));
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(address);
  await page.locator('#example').click();
  await page.locator('#status', { hasText: 'Ready.' }).waitFor();
  await page.locator('#start').click();
  await page.locator('#status', { hasText: /^Done\./ }).waitFor();
  // The service worker still stores what was loaded.
  await page.waitForTimeout(3000);
  const bytes = { model: 0, example: 0, others: 0 };
  for (const { path, size, own } of await Promise.all(transfers)) {
    if (size === 0) continue;
    console.log(`${String(size).padStart(9)}  ${own}  ${path}`);
    bytes[path.endsWith('/model.zip') ? 'model' : path.includes('/example/') ? 'example' : 'others'] += size;
  }
  const mb = (n) => `${(n / 1e6).toFixed(2)} MB`;
  console.log(`model ${mb(bytes.model)}, example ${mb(bytes.example)}, everything else ${mb(bytes.others)}`);
} finally {
  await browser.close();
  server.kill();
}

/** What came over the network: nothing where the service worker answered, or the cache. */
async function transferOf(request) {
  const response = await request.response();
  const own = request.serviceWorker() === null ? 'page          ' : 'service worker';
  const path = new URL(request.url()).pathname;
  if (response === null || response.fromServiceWorker()) return { path, own, size: 0 };
  const { responseBodySize, responseHeadersSize } = await request.sizes();
  return { path, own, size: responseBodySize + responseHeadersSize };
}
