import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium, QUIET_CHROMIUM, temporaryFolder } from '@nnunet/testing';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleReport } from '../src/page/example-report.fixture.ts';
import { renderReport } from '../src/page/render-report.ts';
import type { ReportData } from '../src/report-data.ts';

const executablePath = findChromium();
const SOFTWARE_WEBGL = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  // On a busy machine, Chromium takes its slow software renderer for a dead one and ends it; WebGL then stays off.
  '--disable-gpu-watchdog',
  '--disable-gpu-process-crash-limit',
];

describe.skipIf(executablePath === undefined)('the page in Chromium (skipped where there is none)', () => {
  const folder = temporaryFolder();
  let browser: Browser;

  beforeAll(async () => {
    const args = [...QUIET_CHROMIUM, ...SOFTWARE_WEBGL];
    browser = await chromium.launch({ executablePath, timeout: 120_000, args });
    const page = await browser.newPage();
    // On a busy machine, the software renderer takes minutes to start.
    await page.waitForFunction('document.createElement("canvas").getContext("webgl2")', null, {
      polling: 500,
      timeout: 240_000,
    });
    await page.close();
  }, 360_000);
  afterAll(() => browser?.close());

  /** Opens a report from the disk, and notes every request, and what is said on the console. */
  async function open(options: BrowserContextOptions = {}, data: ReportData = exampleReport()) {
    const path = join(folder, `${Object.values(options).join()}.html`);
    writeFileSync(path, renderReport(data));
    const page = await browser.newPage(options);
    page.setDefaultTimeout(100_000);
    const requests: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => requests.push(request.url().slice(0, 60)));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => said.push(dialog.message()));
    await page.goto(pathToFileURL(path).href);
    return { page, requests, said };
  }

  /** Serious findings of axe, with the elements that they are about. */
  async function findings(page: Page, rules?: string[]): Promise<string[]> {
    await page.evaluate(axe.source);
    const options = JSON.stringify(rules === undefined ? {} : { runOnly: rules });
    const found = (await page.evaluate(`axe.run(${options})`)) as axe.AxeResults;
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }

  const openCase = (page: Page) => page.locator('button.open').first().click();
  const viewer = (page: Page) => page.locator('dialog .viewer');

  it('asks the network for nothing, says nothing, and is accessible', async () => {
    const { page, requests, said } = await open({ colorScheme: 'light' });
    expect(await findings(page)).toEqual([]);
    await openCase(page);
    await viewer(page).locator('.controls').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(requests.filter((url) => !/^(file|data):/.test(url))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);
    expect(said).toEqual([]);
    await page.close();
  });

  it('has readable colours in the dark', async () => {
    const { page } = await open({ colorScheme: 'dark' });
    expect(await findings(page, ['color-contrast'])).toEqual([]);
    await openCase(page);
    await viewer(page).locator('.controls').waitFor();
    expect(await findings(page, ['color-contrast'])).toEqual([]);
    await page.close();
  });

  it('is as wide as a narrow screen', async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 } });
    const overflow = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await openCase(page);
    await viewer(page).locator('.controls').waitFor();
    expect(await overflow()).toBe(0);
    expect(await page.locator('dialog').evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth)).toBe(0);
    await page.close();
  });

  it('opens and closes a case by keyboard, and gives the focus back', async () => {
    const { page } = await open({ reducedMotion: 'reduce' });
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the report');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    const second = page.locator('button.open').nth(1);
    await second.focus();
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('hippocampus_001');
    for (let i = 0; i < 14; i++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('main'))).toBeNull();
    }
    await page.locator('dialog button.next').press('Enter');
    expect(await focused()).toBe('hippocampus_002');
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog').isVisible()).toBe(false);
    await expect.poll(focused, { timeout: 20_000 }).toBe('Details of hippocampus_002');
    await page.close();
  });

  it('shows a volume with the labels that are chosen, at the place that is chosen', async () => {
    const { page, said } = await open({ viewport: { width: 900, height: 700 } });
    await openCase(page);
    const canvas = viewer(page).locator('canvas');
    await viewer(page).locator('.controls').waitFor();
    const picture = async () => (await canvas.screenshot()).toString('base64');
    const pictures = [await picture()];
    const expectAnother = async () => {
      await expect.poll(picture, { timeout: 20_000 }).not.toBeOneOf(pictures);
      pictures.push(await picture());
    };
    for (const labels of ['Reference', 'None']) {
      await page.getByLabel('Labels', { exact: true }).selectOption(labels);
      await expectAnother();
    }
    await page.getByLabel('Bottom to top').fill('70');
    await expectAnother();
    await page.getByLabel('View', { exact: true }).selectOption('Axial');
    await expectAnother();
    await page.locator('dialog button.next').click();
    await viewer(page).getByRole('img', { name: 'Volume of hippocampus_001' }).waitFor();
    expect(said).toEqual([]);
    await page.close();
  });

  it('says in words that a browser without WebGL cannot draw volumes, and shows the slices', async () => {
    const { page, said } = await open();
    await page.evaluate(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await openCase(page);
    await viewer(page).getByText('This browser cannot draw the volume (no WebGL 2)').waitFor();
    expect(await page.locator('dialog .pictures img').count()).toBe(3);
    expect(said).toEqual([]);
    await page.close();
  });

  it('switches between light and dark', async () => {
    const { page } = await open({ colorScheme: 'light' });
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Dark page' }).click();
    expect(await paper()).toBe('rgb(20, 23, 27)');
    await page.getByRole('button', { name: 'Light page' }).click();
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.close();
  });

  it('runs nothing that a case is called', async () => {
    const data = exampleReport();
    for (const entry of [...data.cases, ...data.dataset!.cases, ...data.predictions!.cases]) {
      entry.id = '<img src="x" onerror="alert(1)"><script>alert(2)</script>';
    }
    data.cases[0]!.remarks = ['"><iframe src="javascript:alert(3)">'];
    data.cases[0]!.pictures[0]!.source = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(4)"/>';
    const { page, requests, said } = await open({}, data);
    await openCase(page);
    await viewer(page).locator('.controls').waitFor();
    expect(await page.locator('dialog h2').textContent()).toContain('<img src="x"');
    expect(said).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);
    await page.close();
  });
});
