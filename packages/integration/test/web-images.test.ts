import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFormats } from '@nnunet/formats/node';
import { loadModel } from '@nnunet/inference/node';
import { resolveRoots } from '@nnunet/schema';
import { exportWeb } from '@nnunet/sharing';
import { temporaryFolder, tinyPlans, zipArchive } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { repository } from './commands.ts';
import { isolation } from './page-server.ts';
import { canShowSites, drop, findings, picture, SiteBrowser, save } from './site-browser.ts';

const fixtures = join(repository, 'packages/formats/fixtures');
const formats = shippedFormats.with(...imageFormats);
const bytesOf = (name: string) => readFileSync(join(fixtures, name));
const slices = readdirSync(join(fixtures, 'dicom_ct'));
const series = Object.fromEntries(slices.map((name) => [name, bytesOf(`dicom_ct/${name}`)]));
const zip = (folder: string) =>
  zipArchive(
    readdirSync(join(fixtures, folder)).map((name) => ({
      name: `${folder}/${name}`,
      content: bytesOf(`${folder}/${name}`),
    })),
  );

/** Dropped files, the image in Node, and what its label map is called. */
const images: readonly [files: Record<string, Uint8Array>, path: string, saved: string][] = [
  [{ 'oblique_int16.nrrd': bytesOf('oblique_int16.nrrd') }, 'oblique_int16.nrrd', 'oblique_int16'],
  [{ 'oblique_float64.mha': bytesOf('oblique_float64.mha') }, 'oblique_float64.mha', 'oblique_float64'],
  [
    { 'oblique_uint8.raw': bytesOf('oblique_uint8.raw'), 'oblique_uint8.mhd': bytesOf('oblique_uint8.mhd') },
    'oblique_uint8.mhd',
    'oblique_uint8',
  ],
  [series, 'dicom_ct/', 'DICOM series'],
  [{ 'scan.zip': zip('dicom_ct') }, 'dicom_ct/', 'dicom_ct'],
];

describe.skipIf(!canShowSites)('images of other formats on the page (skipped where there is no Chromium)', () => {
  const root = temporaryFolder();
  const [model, site] = [join(root, 'Task900_Made/nnUNetTrainerV2__plans'), join(root, 'site')];
  let browser: SiteBrowser;

  beforeAll(async () => {
    const plans = tinyPlans([16, 16, 16], { poolings: 2 });
    writeFold(model, { ...describePlanned(plans), labels: { 0: 'background', 1: 'head', 2: 'tail' } });
    writeFileSync(join(model, 'plans.json'), JSON.stringify(plans));
    const roots = resolveRoots({ env: {} });
    await exportWeb({ roots, modelFolder: model, outputFolder: site, reporter: listener() });
    browser = await SiteBrowser.launch();
  });
  afterAll(() => browser?.close());

  const failed = async (page: Page) => {
    await page.locator('#status.bad').waitFor();
    return page.locator('#status').textContent();
  };

  it('segments them as Node does, and saves NIfTI files with their geometry', async () => {
    const { url, sent } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url, { viewport: { width: 360, height: 740 } });
    const own = await loadModel(model, { compute: { lowering: 'plain', threads: 1 } });
    expect(sent.paths).not.toContain('/image-worker.js');
    for (const [files, path, saved] of images) {
      await drop(page, files);
      await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
      await page.locator('#start').click();
      await page.locator('#status', { hasText: /^Done\./ }).waitFor();
      await page.locator('.controls').waitFor();
      const file = await save(page, 'save-labels', root);
      expect(file).toBe(join(root, `${saved}_labels.nii.gz`));
      const volume = await readVolume(join(fixtures, path), formats);
      const found = await readLabels(file);
      expect(found.data, path).toEqual((await own.predict(volume)).labels().data);
      const near = (numbers: readonly number[]) => numbers.map((value) => expect.closeTo(value, 5) as number);
      expect([found.shape, found.spacing, found.origin, found.direction]).toEqual([
        volume.shape,
        ...[volume.spacing, volume.origin, volume.direction].map(near),
      ]);
    }
    await own.dispose();
    expect(await page.locator('.channel input').evaluate((input) => (input as HTMLInputElement).files!.length)).toBe(
      slices.length,
    );
    expect(await findings(page)).toEqual([]);
    await picture(page, 'dicom');
    expect(said).toEqual([]);
    expect(sent.bytes).toBeLessThan(20e6);
    await context.close();
  }, 300_000);

  it('says what is wrong with hostile files, and lives on', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url);
    const nrrd = bytesOf('oblique_int16.nrrd');
    const cases: [Record<string, Uint8Array>, RegExp][] = [
      [{ 'note.txt': Buffer.from('text') }, /^There is no image that can be read among these files\.$/],
      [{ 'cut.nrrd': nrrd.subarray(0, nrrd.length - 30) }, /^cut\.nrrd: is damaged, cut off/],
      [{ 'text.mha': Buffer.from('This is no image.') }, /^text\.mha: is damaged, cut off or not a MetaImage/],
      [{ 'alone.mhd': bytesOf('oblique_uint8.mhd') }, /^oblique_uint8\.raw: is missing/],
      [{ 'rgb.nrrd': bytesOf('rgb.nrrd') }, /^rgb\.nrrd: has 3 numbers per voxel/],
      [{ 'two.zip': zip('dicom_two_series') }, /^dicom_two_series: holds 2 series:\n {2}- /],
      [
        { 'bomb.zip': zipArchive([{ name: 'a.dcm', content: new Uint8Array(2 ** 20) }]) },
        /a\.dcm: has no readable DICOM header/,
      ],
      [
        { 'cut.dcm': Object.values(series)[0]!.subarray(0, -20) },
        /^DICOM series\/cut\.dcm: cannot be read: it is cut off/,
      ],
      [{ 'a.nrrd': nrrd, 'b.nrrd': nrrd }, /^The model needs one file \(MRI\), but 2 were given\.$/],
      // Who gives another model goes on with it, even if it is none.
      [{ 'cut.zip': zip('dicom_ct').subarray(0, 900) }, /^cut\.zip: /],
    ];
    for (const [files, message] of cases) {
      await drop(page, files);
      expect(await failed(page), Object.keys(files)[0]).toMatch(message);
      // The same message might be that of the case before.
      await page.evaluate(() => document.getElementById('status')!.classList.remove('bad'));
    }
    const own = readFileSync(join(model, 'fold_0/model_final_checkpoint.safetensors'));
    await drop(page, { 'own.safetensors': own });
    expect(await failed(page), 'the image that is still chosen').toContain('cut.dcm');
    await drop(page, series);
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    expect(said).toEqual([]);
    await context.close();
  }, 200_000);
});
