import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFormats } from '@nnunet/formats/node';
import { loadModel } from '@nnunet/inference/node';
import { temporaryFolder, zipArchive } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from './commands.ts';
import { makeSite } from './made-site.ts';
import { isolation } from './page-server.ts';
import { canShowSites, drop, dropping, findings, pathDropper, picture, SiteBrowser, save } from './site-browser.ts';

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
    await makeSite({ model, site });
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

  it('lets the user choose among several series, by keyboard alone', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url, { viewport: { width: 360, height: 740 } });
    const ready = () => page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    const expected = [];
    for (const [stem, names] of [
      ['Arterial', ['1.dcm', '2.dcm']],
      ['Venous', ['3.dcm', '4.dcm', '5.dcm']],
    ] as const) {
      for (const name of names) cpSync(join(fixtures, 'dicom_two_series', name), join(root, stem, name));
      const volume = await readVolume(`${join(root, stem)}/`, formats);
      const [, rows, columns] = volume.shape;
      expected.push({ stem, volume, title: `${stem}: ${names.length} files of ${columns} x ${rows} pixels` });
    }
    const offered = page.locator('#status', { hasText: /^These files hold 2 DICOM series\. Choose one of them\.$/ });
    await drop(page, { 'two.zip': zip('dicom_two_series') });
    await offered.waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('series-0');
    expect(await page.locator('#series label').textContent()).toBe('Series for MRI');
    const options = await page.locator('#series option').allTextContents();
    expect(options).toEqual(expected.map(({ title }) => title));
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await picture(page, 'series');
    const own = await loadModel(model, { compute: { lowering: 'plain', threads: 1 } });
    for (const [i, { stem, volume }] of expected.entries()) {
      if (i > 0) {
        // Chosen in the field of the image; a folder cannot be.
        await page
          .locator('#channel-0')
          .setInputFiles(
            readdirSync(join(fixtures, 'dicom_two_series')).map((name) => join(fixtures, 'dicom_two_series', name)),
          );
        await offered.waitFor();
      }
      await page.locator('#series-0').selectOption({ index: i });
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await ready();
      expect(await page.locator('#series').isHidden()).toBe(true);
      await page.locator('#start').click();
      await page.locator('#status', { hasText: /^Done\./ }).waitFor();
      await page.locator('.controls').waitFor();
      const file = await save(page, 'save-labels', root);
      expect(file).toBe(join(root, `${stem}_labels.nii.gz`));
      expect((await readLabels(file)).data).toEqual((await own.predict(volume)).labels().data);
    }
    await own.dispose();
    // Something else instead of a choice.
    await drop(page, { 'two.zip': zip('dicom_two_series') });
    await offered.waitFor();
    await drop(page, series);
    await ready();
    expect(await page.locator('#series').isHidden()).toBe(true);
    expect(said).toEqual([]);
    await context.close();
  }, 200_000);

  it('takes dropped folders, and says that it takes nothing while it is busy', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url);
    const dropPaths = await pathDropper(page);
    await dropPaths('#drop', [join(fixtures, 'dicom_ct')]);
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    // Each series in a folder of its own.
    const study = join(root, 'study');
    for (const name of ['dicom_ct', 'dicom_slopes'])
      cpSync(join(fixtures, name), join(study, name), { recursive: true });
    await dropPaths('#drop', [study]);
    await page.locator('#status', { hasText: /^These files hold 2 DICOM series\./ }).waitFor();
    await page.locator('#series button').click();
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();

    expect(await page.locator('#refused').textContent()).toBe('');
    const note = { 'note.txt': Buffer.from('text') };
    await page.evaluate(`{
      document.getElementById('start').click();
      ${dropping(note)}
      ${dropping(note, '#adapt')}
    }`);
    const refused = /^What you dropped was not taken, since the page is busy\. /;
    expect(await page.locator('#refused').textContent()).toMatch(refused);
    expect(await page.locator('#adapt-refused').textContent()).toMatch(refused);
    await page.locator('#status', { hasText: /^Done\./ }).waitFor();
    await page.locator('.controls').waitFor();
    // It stays until something is taken.
    expect(await page.locator('#refused').textContent()).toMatch(refused);
    expect(await findings(page)).toEqual([]);
    await drop(page, note);
    await page.locator('#status.bad', { hasText: 'no image that can be read' }).waitFor();
    expect(await page.locator('#refused').textContent()).toBe('');
    expect(said).toEqual([]);
    await context.close();
  }, 200_000);

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
