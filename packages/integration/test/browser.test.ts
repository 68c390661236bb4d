import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium, QUIET_CHROMIUM } from '@nnunet/testing';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { runStages, type StageResults } from './browser-stages.ts';
import { demoTask } from './commands.ts';
import { type PageServer, servePages } from './page-server.ts';

const executable = findChromium();
let browser: Browser | undefined;
let server: PageServer | undefined;

afterAll(async () => {
  await browser?.close();
  server?.close();
});

it.skipIf(executable === undefined)(
  'crops, plans, preprocesses and restores in a page as in Node, bit for bit (skipped where there is no Chromium)',
  async () => {
    server = await servePages();
    browser = await chromium.launch({
      executablePath: executable,
      timeout: 60_000,
      args: [...QUIET_CHROMIUM, '--disable-gpu'],
    });
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(server.address, { timeout: 30_000 });
    // as text: what a page imports is found by the page, not by the test runner
    const inPage: { node: boolean; results: StageResults } = await page.evaluate(`(async () => {
      const { runStages } = await import('/packages/integration/test/browser-stages.ts');
      const read = async (path) => new Uint8Array(await (await fetch('/demo-data/Task04_Hippocampus/' + path)).arrayBuffer());
      return { node: 'process' in globalThis || 'Buffer' in globalThis, results: await runStages(read) };
    })()`);
    expect(inPage.node).toBe(false);
    expect(problems).toEqual([]);
    const inNode = await runStages(async (path) => new Uint8Array(await readFile(join(demoTask, path))));
    expect(Object.keys(inNode).length).toBeGreaterThan(20);
    expect(inPage.results).toEqual(inNode);
    expect(inPage.results.error).toMatch(/gzip data are damaged/);
    // the page met the packages' pure parts alone
    expect(server.requests).toContain('/packages/preprocess/dist/index.js');
    expect(server.requests.filter((path) => /\/dist\/node\/|onnxruntime/.test(path))).toEqual([]);
  },
);
