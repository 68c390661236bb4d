import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { loadModel } from '@nnunet/inference/node';
import { serveSite } from '@nnunet/serve';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleImage as image, makeSite } from './made-site.ts';
import { isolation } from './page-server.ts';
import { canShowSites, drop, findings, picture, SiteBrowser, save } from './site-browser.ts';

describe.skipIf(!canShowSites)('the page of a model (skipped where there is no Chromium)', () => {
  const root = temporaryFolder();
  const [model, site] = [join(root, 'Task900_Made/nnUNetTrainerV2__plans'), join(root, 'site')];
  const fold = join(model, 'fold_0/model_final_checkpoint.safetensors');
  let browser: SiteBrowser;

  beforeAll(async () => {
    const labels = { 0: 'background', 1: 'head <b>', 2: 'tail' };
    const about = { intendedUse: 'For tests alone.', exampleOrigin: 'Medical Segmentation Decathlon' };
    await makeSite({ model, site, description: { mirrorAxes: [0], labels }, about });
    browser = await SiteBrowser.launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  const host: SiteBrowser['host'] = (...about) => browser.host(...about);
  const open: SiteBrowser['open'] = (...about) => browser.open(...about);
  const done = (page: Page) => page.locator('#status', { hasText: /^Done\./ }).waitFor();
  const failed = async (page: Page) => {
    await page.locator('#status.bad').waitFor();
    return page.locator('#status').textContent();
  };

  async function labelsInNode(): Promise<Uint8Array | Uint16Array> {
    const own = await loadModel(model, { compute: { lowering: 'plain', threads: 1 } });
    const { data } = (await own.predict(await readVolume(image))).labels();
    await own.dispose();
    return data;
  }

  it('segments the example image as Node does, by keyboard alone, and again without a network', async () => {
    const stop = new AbortController();
    const service = await serveSite({ folder: site, port: 0, signal: stop.signal });
    const wide = { colorScheme: 'light', viewport: { width: 1100, height: 900 } } as const;
    const { context, page, requests, said } = await open(service.url, wide);
    expect(await page.title()).toBe('Task900_Made');
    expect(await page.locator('#model-about').textContent()).toMatch(/^Finds head <b>, tail\. It is loaded \(\d+ kB\)/);
    expect(await page.locator('#intended').textContent()).toBe('For tests alone.');
    expect(await page.locator('#example-about').textContent()).toBe('Medical Segmentation Decathlon');
    expect(await page.locator('#start').isDisabled()).toBe(true);
    expect(await findings(page)).toEqual([]);
    await page.locator('#card summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#card-rows').textContent()).toContain('Task900_Made');
    await page.locator('#example').focus();
    await page.keyboard.press('Enter');
    const ready = /^Ready\. It will take about \d+ s, and \d+ MB of the 4\.3 GB of a tab\.$/;
    await page.locator('#status', { hasText: ready }).waitFor();
    await page.locator('#start').focus();
    await page.keyboard.press('Enter');
    await done(page);
    await page.locator('.controls').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('result-title');

    const labels = await save(page, 'save-labels', root);
    const volumes = await save(page, 'save-volumes', root);
    expect([labels, volumes]).toEqual([
      join(root, 'hippocampus_051_labels.nii.gz'),
      join(root, 'hippocampus_051_volumes.csv'),
    ]);
    const expected = await labelsInNode();
    const found = await readLabels(labels);
    expect(found.data).toEqual(expected);
    const volume = await readVolume(image);
    expect([found.spacing, found.origin, found.direction]).toEqual([volume.spacing, volume.origin, volume.direction]);
    const count = expected.filter((value) => value === 1).length;
    const rows = readFileSync(volumes, 'utf8').split('\n');
    expect(rows[0]).toBe('label,name,voxels,volume_ml');
    expect(rows[1]).toBe(`1,head <b>,${count},${count / 1000}`);
    expect(await page.locator('#volumes tr').first().textContent()).toBe(`1head <b>${(count / 1000).toFixed(2)}`);

    expect(await findings(page)).toEqual([]);
    await picture(page, 'wide');
    expect(said).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(`${service.url}/`) && !/^(blob|data):/.test(url))).toEqual([]);
    const names = requests.map((url) => new URL(url).pathname);
    expect([...new Set(names.filter((name) => name.endsWith('.wasm')))]).toEqual([
      '/onnxruntime-web/ort-wasm-simd-threaded.wasm',
    ]);

    stop.abort();
    await service.stopped;
    await page.reload();
    await page.locator('#example').click();
    await page.locator('#status', { hasText: 'Ready.' }).waitFor();
    await page.locator('#start').click();
    await done(page);
    expect(await page.locator('#volumes tr').first().textContent()).toBe(`1head <b>${(count / 1000).toFixed(2)}`);
    await context.close();
  });

  it('isolates itself on a host without headers, loads at most 20 MB, and takes dropped files on a narrow screen', async () => {
    const { url, sent } = await host(site);
    const narrow = { colorScheme: 'dark', viewport: { width: 360, height: 740 } } as const;
    const { context, page, said } = await open(url, narrow);
    expect(await page.evaluate('crossOriginIsolated')).toBe(true);
    await drop(page, { 'own.safetensors': readFileSync(fold) });
    await page.locator('#status', { hasText: 'Ready. Choose an image.' }).waitFor();
    expect(await page.locator('#model-about').textContent()).toBe('own.safetensors: head <b>, tail');
    expect(await page.locator('#compute').textContent()).toMatch(/^Computed by WebAssembly in /);
    await drop(page, { 'a.nii.gz': readFileSync(image), 'b.nii.gz': readFileSync(image) });
    expect(await failed(page)).toBe('The model needs one file (MRI), but 2 were given.');
    await drop(page, { 'scan.nii.gz': readFileSync(image) });
    await page.locator('#status', { hasText: /^Ready\. It/ }).waitFor();
    await page.locator('#start').click();
    await done(page);
    await page.locator('.controls').waitFor();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.locator('#save-labels').getAttribute('download')).toBe('scan_labels.nii.gz');
    await picture(page, 'narrow');
    expect(sent.bytes).toBeLessThan(20e6);
    expect(said).toEqual([]);
    await context.close();
  });

  it('takes less time where it may be less thorough, and finds what Node finds so', async () => {
    const { url } = await host(site, isolation);
    const { context, page, said } = await open(url);
    const ready = page.locator('#status', { hasText: /^Ready\. It/ });
    await page.locator('#example').click();
    await ready.waitFor();
    expect(await page.locator('#preset').inputValue()).toBe('exact');
    expect(await page.locator('#preset-about').textContent()).toMatch(/^What nnUNet_predict does: /);
    await page.locator('#preset').selectOption('quick');
    await ready.waitFor();
    expect(await page.locator('#preset-about').textContent()).toMatch(
      /not mirrored, .* Dice fell by 0\.002 to 0\.003\.$/,
    );
    await page.locator('#start').click();
    await page.locator('#status', { hasText: /^Done\.\nThoroughness: quick\.$/ }).waitFor();
    await page.locator('.controls').waitFor();
    const { data } = await readLabels(await save(page, 'save-labels', root));
    const own = await loadModel(model, { compute: { lowering: 'plain', threads: 1 } });
    const quick = await own.predict(await readVolume(image), { mirroring: false, stepSize: 0.75 });
    await own.dispose();
    expect(data).toEqual(quick.labels().data);
    expect(data).not.toEqual(await labelsInNode());
    expect(await findings(page)).toEqual([]);
    expect(said).toEqual([]);
    await context.close();
  });

  it('keeps all that it loads for later, though the service worker starts late', async () => {
    let start!: () => void;
    const slow = { path: '/viewer.js', until: new Promise<void>((resolve) => (start = resolve)) };
    const { url, sent } = await host(site, isolation, slow);
    const { context, page } = await open(url);
    await page.locator('#example').click();
    await page.waitForTimeout(300);
    expect(sent.paths).not.toContain('/model.zip');
    start();
    await page.locator('#status', { hasText: 'Ready.' }).waitFor();
    const needed = [
      'example/hippocampus_051.nii.gz',
      'model.zip',
      'onnxruntime-web/ort.wasm.min.mjs',
      'onnxruntime-web/ort-wasm-simd-threaded.wasm',
    ];
    const kept = `Promise.all(${JSON.stringify(needed)}.map(async (file) => Boolean(await caches.match(file))))`;
    expect(await page.evaluate(kept)).toEqual([true, true, true, true]);
    await context.close();
  });

  it('gives an example to the channels in their order', async () => {
    const two = join(root, 'two');
    cpSync(site, two, { recursive: true });
    const description = JSON.parse(readFileSync(join(site, 'site.json'), 'utf8'));
    const files = ['example/z#1.nii', 'example/a.nii'];
    for (const file of files) writeFileSync(join(two, file), 'image');
    const cascade = { channels: ['T1', 'FLAIR'], needsPreviousStage: true, example: { files, origin: '' } };
    writeFileSync(join(two, 'site.json'), JSON.stringify({ ...description, ...cascade }));
    const { url } = await host(two, isolation);
    const { context, page } = await open(url);
    await page.locator('#example').click();
    await page.locator('#example:enabled').waitFor();
    expect(
      await page.evaluate(() =>
        [...document.querySelectorAll<HTMLInputElement>('.channel input')].map(({ files }) => files![0]?.name),
      ),
    ).toEqual(['z#1.nii', 'a.nii', undefined]);
    expect(await page.locator('#status').textContent()).toBe('');
    await context.close();
  });

  it('says what is wrong with hostile files, can be cancelled, and lives on', async () => {
    const { url } = await host(site);
    const { context, page, said } = await open(url);
    const bytes = gunzipSync(readFileSync(image));
    const changed = (change: (view: DataView) => void) => {
      const copy = new Uint8Array(bytes);
      change(new DataView(copy.buffer));
      return copy;
    };
    const images: Record<string, Uint8Array> = {
      'cut.nii': bytes.subarray(0, 5000),
      'cut.nii.gz': readFileSync(image).subarray(0, 20_000),
      'text.nii': Buffer.from('This is no image.'),
      'empty.nii': new Uint8Array(),
      'huge.nii': changed((view) => {
        for (const at of [42, 44, 46]) view.setInt16(at, 32_000, true);
      }),
      'negative.nii': changed((view) => view.setInt16(42, -5, true)),
      'bomb.nii.gz': gzipSync(new Uint8Array(50_000_000)),
    };
    for (const [name, content] of Object.entries(images)) {
      await drop(page, { [name]: content });
      // Some show by their header, the others when they are read.
      await page.locator('#status', { hasText: /^Ready\.|\.nii/ }).waitFor();
      if ((await page.locator('#status.bad').count()) === 0) await page.locator('#start').click();
      expect(await failed(page), name).toContain(name);
    }
    const models: Record<string, Uint8Array> = {
      'empty.zip': new Uint8Array(),
      'image.zip': bytes,
      'cut.safetensors': readFileSync(fold).subarray(0, 5000),
    };
    for (const [name, content] of Object.entries(models)) {
      await drop(page, { [name]: content });
      expect(await failed(page), name).toContain(name);
    }
    await drop(page, { 'own.safetensors': readFileSync(fold) });
    expect(await failed(page), 'the image that is still chosen').toContain('bomb.nii.gz');
    await drop(page, { 'scan.nii': bytes });
    await page.locator('#status', { hasText: 'Ready.' }).waitFor();
    // Within the page, since the prediction may end before a click from outside arrives.
    await page.evaluate(() => {
      const [status, cancel] = [document.getElementById('status')!, document.getElementById('cancel')!];
      new MutationObserver(() => status.textContent!.startsWith('Segmenting') && cancel.click()).observe(status, {
        childList: true,
      });
    });
    await page.locator('#start').click();
    await page.locator('#status', { hasText: 'Cancelled.' }).waitFor();
    expect(await page.locator('#result').isHidden()).toBe(true);
    expect(await page.locator('#start').isDisabled()).toBe(false);
    expect(said).toEqual([]);
    await context.close();
  });

  it('reads a model from another server only where the address says so and the user agrees', async () => {
    const { url } = await host(site);
    const other = await host(model, { 'access-control-allow-origin': '*' });
    const closed = await host(model);
    const path = '/fold_0/model_final_checkpoint.safetensors';
    const { context, page } = await open(url);
    const fetched = (address: string) =>
      page.evaluate(
        (a) =>
          fetch(a).then(
            () => true,
            () => false,
          ),
        address,
      );
    expect(await fetched(other.url + path)).toBe(false);
    await page.locator('#other summary').click();
    await page.locator('#model-address').fill(other.url + path);
    await page.keyboard.press('Enter');
    await page.locator('#wanted-load').waitFor();
    expect(await page.locator('#wanted-about').textContent()).toContain(other.url + path);
    expect(await fetched(`${other.url}/fold_0/other`)).toBe(false);
    expect(other.sent.paths).toEqual([]);
    await page.locator('#wanted-load').click();
    await page.locator('#status', { hasText: 'Ready. Choose an image.' }).waitFor();
    expect(other.sent.paths).toEqual([path]);
    expect(await page.locator('#model-about').textContent()).toContain('model_final_checkpoint.safetensors');
    await page.goto(`${url}/?model=${encodeURIComponent(closed.url + path)}`);
    await page.locator('#wanted-load').click();
    expect(await failed(page)).toMatch(/: cannot be read \(Failed to fetch\)\.\nThe server must let other pages read/);
    await context.close();
  });
});
