import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '@nnunet/inference/node';
import { initialiseWeights } from '@nnunet/network';
import { resolveRoots } from '@nnunet/schema';
import { installArchive } from '@nnunet/sharing';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { readLabels, readVolume } from '@nnunet/volume/node';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { defaultSettings } from '../../trainer/src/training-settings.ts';
import { startingState } from '../../trainer/src/training-state.ts';
import { archiveOfTunedV2 } from '../../trainer/src/tuned-archive.ts';
import { tinyContextV2 } from '../../trainer/src/v2/tiny-plans-v2.fixture.ts';
import { TrainerV2 } from '../../trainer/src/v2/trainer-v2.ts';
import { demoTask } from './commands.ts';
import { exampleImage as image, makeSite } from './made-site.ts';
import { isolation } from './page-server.ts';
import { canShowSites, drop, findings, picture, SiteBrowser, save } from './site-browser.ts';

const bytesOf = (path: string) => readFileSync(join(demoTask, path));

/** The archive of a model of nnU-Net v2 with drawn weights. */
function modelOfV2(): Uint8Array {
  const changes = { configuration: { patch_size: [16, 16, 16] } };
  const trainer = new TrainerV2(tinyContextV2({ background: 0, head: 1, tail: 2 }, changes));
  const state = startingState(defaultSettings, 0.99);
  const history = { dice: [], starts: [], ends: [] };
  return archiveOfTunedV2({ state, weights: initialiseWeights(trainer.network(), 1), history }, trainer);
}

describe.skipIf(!canShowSites)('adapting a model on its page (skipped where there is no Chromium)', () => {
  const root = temporaryFolder();
  const [model, site] = [join(root, 'Task900_Made/nnUNetTrainerV2__plans'), join(root, 'site')];
  const fold = join(model, 'fold_0/model_final_checkpoint.safetensors');
  const cases = {
    'hippocampus_004_0000.nii.gz': bytesOf('imagesTr/hippocampus_004.nii.gz'),
    'hippocampus_004.nii.gz': bytesOf('labelsTr/hippocampus_004.nii.gz'),
    'scan.nii.gz': bytesOf('imagesTr/hippocampus_023.nii.gz'),
    'scan_labels.nii.gz': bytesOf('labelsTr/hippocampus_023.nii.gz'),
  };
  let browser: SiteBrowser;

  beforeAll(async () => {
    await makeSite({ model, site });
    browser = await SiteBrowser.launch();
  });
  afterAll(() => browser?.close());

  const status = (page: Page, text: RegExp) => page.locator('#adapt-status', { hasText: text }).waitFor();
  const refusal = async (page: Page) => {
    await page.locator('#adapt-status.bad').waitFor();
    return page.locator('#adapt-status').textContent();
  };
  const adapt = '#adapt';

  it('trains the model by keyboard alone, and predicts with it in the tab as in Node', async () => {
    const { url, sent } = await browser.host(site, isolation);
    const wide = { colorScheme: 'light', viewport: { width: 1100, height: 900 } } as const;
    const { context, page, requests, said } = await browser.open(url, wide);
    await page.locator('#adapt-details summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#adapt-start').isDisabled()).toBe(true);
    expect(await findings(page)).toEqual([]);
    expect(sent.paths).not.toContain('/tuning-worker.js');
    await page
      .locator('#cases')
      .setInputFiles(Object.entries(cases).map(([name, buffer]) => ({ name, mimeType: 'application/gzip', buffer })));
    const estimate =
      /^Ready: 2 cases \(hippocampus_004, scan\)\. 100 steps on 2 samples each will take about .+; a step took .+ here\.$/;
    await status(page, estimate);
    expect(await page.locator('#steps option').allTextContents()).toEqual(
      [50, 100, 200, 500].map((steps) => expect.stringMatching(`^${steps} steps, about \\d+ (s|min)`)),
    );
    await page.locator('#steps').focus();
    await page.keyboard.press('ArrowUp');
    await status(page, /\. 50 steps on/);
    await page.locator('#adapt-start').focus();
    await page.keyboard.press('Enter');
    await status(page, /^Step \d+ of 50, .+ left\. Stop keeps what was learnt\.$/);
    await status(page, /^Done after 50 steps on 2 cases\. Dice of patches of these cases: \d\.\d\d after the first 10/);
    expect(await page.evaluate('document.activeElement.id')).toBe('adapted-about');
    expect(await page.locator('#curve svg desc').textContent()).toMatch(/^The loss of 50 steps, from /);
    await picture(page, 'adapted');

    await page.locator('#example').click();
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    expect(await page.locator('#model-about').textContent()).toBe('Task999_Made_adapted.zip: head, tail');
    await page.locator('#start').click();
    await page.locator('#status', { hasText: /^Done\./ }).waitFor();
    const labels = (await readLabels(await save(page, 'save-labels', root))).data;
    expect(await findings(page)).toEqual([]);

    const archive = await save(page, 'save-model', root);
    const roots = resolveRoots({ root: join(root, 'node'), env: {} });
    const installed = await installArchive({ roots, zipFile: archive, reporter: listener() });
    const place = '3d_fullres/Task999_Made_adapted/nnUNetTrainerV2__nnUNetPlansv2.1';
    expect(installed.models).toEqual([place]);
    const predicted = async (folder: string) => {
      const own = await loadModel(folder, { compute: { lowering: 'plain', threads: 1 } });
      const { data } = (await own.predict(await readVolume(image))).labels();
      await own.dispose();
      return data;
    };
    expect(labels).toEqual(await predicted(join(installed.folder, place)));
    const before = await predicted(model);
    expect(labels.filter((label, i) => label !== before[i]).length).toBeGreaterThan(100);

    await page.locator('#exchange').click();
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    expect(await page.locator('#model-about').textContent()).toMatch(/^Finds head, tail\./);
    await page.locator('#start').click();
    await page.locator('#status', { hasText: /^Done\./ }).waitFor();
    expect((await readLabels(await save(page, 'save-labels', root))).data).toEqual(before);
    expect(said).toEqual([]);
    expect(requests.filter((one) => !one.startsWith(`${url}/`) && !/^(blob|data):/.test(one))).toEqual([]);
    await context.close();
  }, 300_000);

  it('keeps what was learnt when it is stopped, on a narrow and dark screen', async () => {
    const { url } = await browser.host(site, isolation);
    const narrow = { colorScheme: 'dark', viewport: { width: 360, height: 740 } } as const;
    const { context, page, said } = await browser.open(url, narrow);
    await drop(page, { 'own.safetensors': readFileSync(fold) });
    await page.locator('#status', { hasText: 'Ready. Choose an image.' }).waitFor();
    await drop(page, cases, adapt);
    await status(page, /^Ready: 2 cases/);
    // Within the page, since the training may end before a click from outside arrives.
    await page.evaluate(() => {
      const [status, stop] = [document.getElementById('adapt-status')!, document.getElementById('adapt-cancel')!];
      new MutationObserver(() => status.textContent!.startsWith('Step 3 ') && stop.click()).observe(status, {
        childList: true,
      });
    });
    await page.locator('#adapt-start').click();
    await status(page, /^Stopped after [3-9] steps on 2 cases\./);
    expect(await page.locator('#save-model').getAttribute('download')).toBe('Task999_own_adapted.zip');
    expect(await page.locator('#model-about').textContent()).toBe('Task999_own_adapted.zip, adapted on this page.');
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await picture(page, 'adapted-narrow');
    expect(said).toEqual([]);
    await context.close();
  });

  it('adapts a model of nnU-Net v2, which predicts in the tab as in Node', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url);
    await drop(page, { 'Dataset501_Hippo.zip': modelOfV2() });
    await page.locator('#status', { hasText: 'Ready. Choose an image.' }).waitFor();
    await drop(page, cases, adapt);
    await status(page, /^Ready: 2 cases/);
    await page.locator('#steps').selectOption('50');
    await page.locator('#adapt-start').click();
    await status(page, /^Done after 50 steps on 2 cases\./);
    await drop(page, { 'scan.nii.gz': readFileSync(image) });
    await page.locator('#status', { hasText: 'Ready. It' }).waitFor();
    expect(await page.locator('#model-about').textContent()).toBe('Dataset999_Hippo_adapted.zip: head, tail');
    await page.locator('#start').click();
    await page.locator('#status', { hasText: /^Done\./ }).waitFor();
    await page.locator('.controls').waitFor();
    const { data } = await readLabels(await save(page, 'save-labels', root));
    const archive = await save(page, 'save-model', root);
    const roots = resolveRoots({ root: join(root, 'v2'), env: {} });
    const installed = await installArchive({ roots, zipFile: archive, reporter: listener() });
    const place = 'Dataset999_Hippo_adapted/nnUNetTrainer__nnUNetPlans__3d_fullres';
    expect(installed.models).toEqual([place]);
    const own = await loadModel(join(installed.folder, place), { compute: { lowering: 'plain', threads: 1 } });
    const expected = (await own.predict(await readVolume(image))).labels().data;
    await own.dispose();
    expect(data.filter((label, i) => label !== expected[i]).length).toBeLessThan(5);
    expect(new Set(expected).size).toBeGreaterThan(1);
    expect(said).toEqual([]);
    await context.close();
  }, 200_000);

  it('says which models cannot be adapted', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url);
    const described = describePlanned(tinyPlans([16, 16, 16], { poolings: 2 }));
    const refused: [change: object, message: RegExp][] = [
      [
        { configuration: '3d_cascade_fullres' },
        /^own\.safetensors: is the second stage of a cascade, which needs the labels of the first\n/,
      ],
      [{ trainer: 'MyTrainer' }, /MyTrainer/],
    ];
    for (const [change, message] of refused) {
      const folder = join(root, String(Object.values(change)[0]));
      writeFold(folder, { ...described, ...change });
      await drop(page, { 'own.safetensors': readFileSync(join(folder, 'fold_0/model_final_checkpoint.safetensors')) });
      await page.locator('#status', { hasText: 'Ready. Choose an image.' }).waitFor();
      await drop(page, cases, adapt);
      expect(await refusal(page)).toMatch(message);
      await page.evaluate(() => document.getElementById('adapt-status')!.classList.remove('bad'));
    }
    expect(said).toEqual([]);
    await context.close();
  }, 200_000);

  it('says what is wrong with the cases, and lives on', async () => {
    const { url } = await browser.host(site, isolation);
    const { context, page, said } = await browser.open(url);
    const [first, labels] = Object.values(cases);
    const given = async (files: Readonly<Record<string, Uint8Array>>) => {
      await drop(page, files, adapt);
      return refusal(page);
    };
    expect(await given({ 'note.txt': labels! })).toBe('None of these files is an image that can be read here.');
    expect(await given({ 'a.nii.gz': labels! })).toMatch(/^a\.nii\.gz: is a label map without its image\./);
    expect(await given({ 'a_0000.nii.gz': first!, 'a.nii.gz': labels!.subarray(0, 900) })).toMatch(/^a\.nii\.gz: /);
    const other = { 'a_0000.nii.gz': first!, 'a.nii.gz': cases['scan_labels.nii.gz'] };
    expect(await given(other)).toMatch(/^a: /);
    expect(await given({ 'a_0000.nii.gz': first!, 'a.nii.gz': first! })).toMatch(/label/);
    const empty = new Uint8Array(400);
    expect(await given({ 'a_0000.nii': empty, 'a.nii': empty })).toMatch(/^a_0000\.nii: /);
    await drop(page, cases, adapt);
    await status(page, /^Ready: 2 cases/);
    expect(await page.locator('#adapt-start').isDisabled()).toBe(false);
    expect(said).toEqual([]);
    await context.close();
  });
});
