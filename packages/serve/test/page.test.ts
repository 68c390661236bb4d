import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { imageFormats } from '@nnunet/formats/node';
import { findChromium, QUIET_CHROMIUM, temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, serveModels } from '../src/index.ts';
import { niftiOf, noise, writeModel } from './model.fixture.ts';

const tiff = fileURLToPath(new URL('../../formats/fixtures/uint16.tif', import.meta.url));
const executablePath = findChromium();
const built = existsSync(new URL('../dist/node/model-worker.js', import.meta.url));

describe.skipIf(executablePath === undefined || !built)('the page in Chromium (skipped where there is none)', () => {
  const root = temporaryFolder();
  const [image, second] = [join(root, 'scan_a.nii'), join(root, 'scan_b.nii.gz')];
  const stop = new AbortController();
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    writeFileSync(image, await niftiOf(noise(1)));
    const large = noise(2, [60, 40, 40]);
    writeFileSync(second, gzipSync(await niftiOf({ ...large, data: large.data.map((_, i) => i % 7) })));
    const models = [
      { name: 'one', folder: join(root, 'one') },
      { name: 'two channels', folder: join(root, 'two') },
    ];
    writeModel(models[0]!.folder, ['MRI']);
    writeModel(models[1]!.folder, ['T1', 'T2 <b>']);
    service = await serveModels({ models, port: 0, maxUpload: 1e6, maxWaiting: 2, signal: stop.signal });
    browser = await chromium.launch({ executablePath, timeout: 60_000, args: [...QUIET_CHROMIUM] });
  });
  afterAll(async () => {
    await browser?.close();
    stop.abort();
    await service.stopped;
  });

  /** Opens the page, and notes every request, and what is said on the console. */
  async function open(options: BrowserContextOptions = {}) {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(60_000);
    const requests: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => requests.push(request.url().slice(0, 60)));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    await page.goto(service.url);
    await page.locator('#channel-0').waitFor();
    return { page, requests, said };
  }

  async function findings(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
  }

  it.each([
    { colorScheme: 'light', viewport: { width: 1000, height: 900 }, format: 'nii.gz' },
    { colorScheme: 'dark', viewport: { width: 360, height: 700 }, format: 'mha' },
  ] as const)(
    'predicts an image, shows the volumes and hands out the label map: $colorScheme',
    async ({ format, ...options }) => {
      const { page, requests, said } = await open(options);
      expect(await page.locator('#predict').isDisabled()).toBe(true);
      await page.locator('#channel-0').setInputFiles(image);
      await page.getByLabel('Label map as').selectOption(format);
      await page.getByRole('button', { name: 'Predict' }).click();
      await page.locator('#status', { hasText: 'Done.' }).waitFor();
      expect(await page.locator('#volumes tr').count()).toBe(2);
      expect(await page.locator('#volumes tr').first().textContent()).toMatch(/^1head\d+\.\d\d$/);
      expect(await page.locator('.swatch').first().getAttribute('style')).toContain('rgb(67, 99, 216)');
      const download = page.waitForEvent('download');
      await page.locator('#download').click();
      expect((await download).suggestedFilename()).toBe(`scan_a_labels.${format}`);
      const file = join(root, `downloaded.${format}`);
      await (await download).saveAs(file);
      const { data } = await readLabels(file, shippedFormats.with(...imageFormats));
      expect(await page.locator('#volumes tr').first().textContent()).toContain(
        (data.filter((label) => label === 1).length * 0.002).toFixed(2),
      );
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(
        requests.filter((url) => !url.startsWith(service.url) && !url.startsWith('blob:') && !url.startsWith('data:')),
      ).toEqual([]);
      expect(said).toEqual([]);
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${options.colorScheme}.png`), fullPage: true });
      await page.close();
    },
  );

  it('asks for each channel by its name, takes dropped files by the order of their names, and can be cancelled', async () => {
    const { page, said } = await open();
    await page.locator('#model').selectOption('two channels');
    expect(await page.locator('.channel label').allInnerTexts()).toEqual(['T1', 'T2 <b>']);
    const drop = (names: string[]) =>
      page.evaluate(
        ([all, content]) => {
          const files = new DataTransfer();
          for (const name of all) files.items.add(new File([Uint8Array.from(content)], name));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true }));
        },
        [names, [...readFileSync(second)]] as const,
      );
    await drop(['a.nii']);
    expect(await page.locator('#status').textContent()).toBe(
      'The model needs 2 images (T1, T2 <b>), but 1 file was dropped.',
    );
    await drop(['b.nii', 'a.nii']);
    const chosen = 'document.getElementById("channel-0").files[0].name';
    expect(await page.evaluate(chosen)).toBe('a.nii');
    // Within the page, since the prediction may end before a click from outside arrives.
    await page.evaluate(() => {
      const [status, cancel] = [document.getElementById('status')!, document.getElementById('cancel')!];
      new MutationObserver(() => {
        if (status.textContent!.startsWith('Predicting') && !cancel.hidden) cancel.click();
      }).observe(status, { childList: true });
    });
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.locator('#status', { hasText: 'Cancelled.' }).waitFor();
    expect(await page.locator('#predict').isDisabled()).toBe(false);
    expect(await page.locator('#result').isHidden()).toBe(true);
    expect(said).toEqual([]);
    await page.close();
  });

  it('says that volumes depend on a spacing that the image does not have', async () => {
    const { page } = await open();
    await page.locator('#channel-0').setInputFiles(tiff);
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.locator('#status', { hasText: 'Done. The image has no spacing: 1 mm is assumed' }).waitFor();
    expect(await page.locator('#download').getAttribute('download')).toBe('uint16_labels.nii.gz');
    await page.close();
  });

  it('shows what is wrong with an image', async () => {
    const { page } = await open();
    const files = { name: 'note.nii', mimeType: 'text/plain', buffer: Buffer.from('no image') };
    await page.locator('#channel-0').setInputFiles(files);
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.locator('#status.bad').waitFor();
    expect(await page.locator('#status').textContent()).toMatch(/^note\.nii: /);
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});
