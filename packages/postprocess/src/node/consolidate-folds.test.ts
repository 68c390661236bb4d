import { existsSync, readdirSync, renameSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acquireLock } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { collectedSources, collectFolds, consolidateFolds } from './consolidate-folds.ts';

const scenario = fileURLToPath(new URL('../../fixtures/foreground_then_class_ct_spacing/', import.meta.url));
const files = readdirSync(join(scenario, 'gt'));
let model: string;

/** A model folder whose folds 0 and 2 share the cases. */
beforeEach(async () => {
  model = temporaryFolder();
  await cp(join(scenario, 'gt'), join(model, 'gt_niftis'), { recursive: true });
  for (const [fold, part] of [
    [0, files.filter((_, i) => i % 2 === 0)],
    [2, files.filter((_, i) => i % 2 === 1)],
  ] as const) {
    const to = join(model, `fold_${fold}`, 'validation_raw');
    await mkdir(to, { recursive: true });
    for (const name of part) await copyFile(join(scenario, 'raw', name), join(to, name));
    await copyFile(join(scenario, 'raw', 'summary.json'), join(to, 'summary.json'));
  }
});

it('brings the folds together, scores them and decides, whatever their numbers', async () => {
  await mkdir(join(model, 'cv_niftis_raw'));
  await writeFile(join(model, 'cv_niftis_raw', 'old.nii.gz'), 'of an earlier run');
  const steps = new Set<string>();
  const { rule, raw, summary } = await consolidateFolds({
    modelFolder: model,
    folds: [0, 2],
    workers: 1,
    onProgress: ({ step }) => steps.add(step),
  });
  const expected = JSON.parse(await readFile(join(scenario, 'postprocessing.json'), 'utf8'));
  expect(rule.entries).toEqual(expected.for_which_classes);
  for (const [label, value] of Object.entries(raw)) {
    expect(Math.abs(value - expected.dc_per_class_raw[label])).toBeLessThan(1e-12);
  }
  expect(summary.results.all.length).toBe(files.length);
  expect(readdirSync(join(model, 'cv_niftis_raw'))).toEqual(
    [...files, 'made-from.json', 'scores.csv', 'summary.json'].sort(),
  );
  expect(readdirSync(join(model, 'cv_niftis_postprocessed'))).toEqual([...files, 'summary.json'].sort());
  const written = JSON.parse(await readFile(join(model, 'postprocessing.json'), 'utf8'));
  expect(written).toMatchObject({ validation_raw: 'cv_niftis_raw', validation_final: 'cv_niftis_postprocessed' });
  expect(steps).toEqual(new Set(['scoring', 'trying components', 'applying the decision']));
});

it('names missing folds and cases, and leaves what is there', async () => {
  await writeFile(join(model, 'postprocessing.json'), '{}');
  const five = consolidateFolds({ modelFolder: model, workers: 1 });
  await expect(five).rejects.toMatchObject({ tag: 'missing-folds' });
  await expect(five).rejects.toThrow(/no validation_raw of fold_1, fold_3, fold_4\n/);
  const one = consolidateFolds({ modelFolder: model, folds: [0], workers: 1 });
  await expect(one).rejects.toThrow(files[1]!.slice(0, -'.nii.gz'.length));
  expect(existsSync(join(model, 'postprocessing.json'))).toBe(true);
  await expect(consolidateFolds({ modelFolder: join(model, 'x') })).rejects.toMatchObject({ tag: 'missing-model' });
});

it('takes predictions, references and NaN as it is told to, and scores the labels of the first fold', async () => {
  for (const fold of [0, 2]) renameSync(join(model, `fold_${fold}/validation_raw`), join(model, `fold_${fold}/mine`));
  renameSync(join(model, 'gt_niftis'), join(model, 'truth'));
  const seen: string[] = [];
  const options = {
    modelFolder: model,
    folds: [2, 0],
    workers: 1,
    validationFolder: 'mine',
    references: join(model, 'truth'),
    bareNaN: true,
  };
  const { results } = await collectFolds({
    ...options,
    onProgress: ({ step, done, total }) => seen.push(`${step} ${done}/${total}`),
  });
  expect(seen).toEqual(files.map((_, i) => `scoring ${i + 1}/${files.length}`));
  expect(Object.keys(results.mean)).toEqual(['0', '1', '2']);
  const record = JSON.parse(await readFile(join(model, 'cv_niftis_raw', 'made-from.json'), 'utf8'));
  expect(record).toEqual(await collectedSources(options));
  expect(Object.keys(record.sources)).toHaveLength(2 * files.length);
  expect(record.sources).toHaveProperty([`fold_0/${files[0]}`]);
  expect(record.sources).toHaveProperty([`references/${files[1]}`]);
  for (const fold of [0, 1, 2, 3, 4, 5]) {
    await mkdir(join(model, `fold_${fold}/other`), { recursive: true });
    await writeFile(join(model, `fold_${fold}/other/x.nii.gz`), '');
  }
  const five = await collectedSources({ modelFolder: model, validationFolder: 'other' });
  expect(Object.keys(five.sources)).toEqual([0, 1, 2, 3, 4].map((fold) => `fold_${fold}/x.nii.gz`));
  // Folds that are not there do not count, by the names that they have by themselves.
  expect(await collectedSources({ modelFolder: model })).toEqual({ sources: {} });
  expect(Object.keys((await collectedSources({ modelFolder: model, validationFolder: 'mine' })).sources)).toHaveLength(
    files.length,
  );
});

it('is alone on a model', async () => {
  const lock = await acquireLock(join(model, '.cv_niftis.lock'));
  const second = consolidateFolds({ modelFolder: model, folds: [0, 2], workers: 1 });
  await expect(second).rejects.toMatchObject({ tag: 'locked' });
  await lock.release();
});

it('stops when told to, and decides nothing then', async () => {
  const options = { modelFolder: model, folds: [0, 2], workers: 1 };
  const stopped = consolidateFolds({ ...options, signal: AbortSignal.abort(new Error('at once')) });
  await expect(stopped).rejects.toThrow('at once');
  expect(existsSync(join(model, 'cv_niftis_raw'))).toBe(false);
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error('enough'));
  await expect(consolidateFolds({ ...options, signal: stop.signal, onProgress })).rejects.toThrow('enough');
  expect(existsSync(join(model, 'cv_niftis_raw', 'summary.json'))).toBe(false);
  expect(existsSync(join(model, 'postprocessing.json'))).toBe(false);
});
