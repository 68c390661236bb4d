import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evaluateFolderV2 } from '@nnunet/metrics/node';
import type { ClassV2 } from '@nnunet/metrics/v2';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { collectReport } from '../collect-report.ts';
import { renderReport } from '../page/render-report.ts';
import { boxes, boxesOptions, GEOMETRY, imageOf, SHAPE } from '../report.fixture.ts';

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('a dataset of v2', () => {
  const TASK = 'Dataset900_Boxes';
  const ids = ['c0', 'c1', 'c2', 'c3'];
  let root: string;
  let raw: string;
  const results = () => join(root, 'nnUNet_results', TASK);
  // The options have v1's usual trainer and plans, which stand for v2's.
  const report = () => collectReport({ ...boxesOptions, roots: resolveRoots({ root, env: {} }) });

  async function writeRaw(labels: object, change: (labels: Uint8Array) => Uint8Array = (own) => own): Promise<void> {
    root = temporaryFolder();
    raw = join(root, 'nnUNet_raw', TASK);
    for (const name of ['imagesTr', 'labelsTr', 'imagesTs']) mkdirSync(join(raw, name), { recursive: true });
    for (const [i, id] of ids.entries()) {
      await writeVolume(join(raw, `imagesTr/${id}_0000.nii.gz`), { ...GEOMETRY, data: imageOf(boxes(i + 1)) });
      await writeLabels(join(raw, `labelsTr/${id}.nii.gz`), change(boxes(i + 1)), GEOMETRY);
    }
    await writeVolume(join(raw, 'imagesTs/t0_0000.nii.gz'), { ...GEOMETRY, data: imageOf(boxes(2)) });
    const description = { channel_names: { 0: 'MRI' }, numTraining: ids.length, file_ending: '.nii.gz', ...labels };
    writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
  }

  /** Writes label maps in which labels 1 and 2 are exchanged, and their scores as v2 writes them. */
  async function predict(folder: string, some: readonly string[], classes: readonly ClassV2[], ignore?: number) {
    mkdirSync(folder, { recursive: true });
    for (const id of some) {
      const exchanged = boxes(ids.indexOf(id) + 1).map((label) => [0, 2, 1][label]!);
      await writeLabels(join(folder, `${id}.nii.gz`), exchanged, GEOMETRY);
    }
    const how = { classes, ignore: ignore ?? null, fileEnding: '.nii.gz', chill: true, workers: 1 };
    await evaluateFolderV2({ ...how, reference: join(raw, 'labelsTr'), predictions: folder });
  }

  describe('with regions', () => {
    const REGIONS = { labels: { background: 0, whole: [1, 2], right: 2 }, regions_class_order: [1, 2] };
    const classes = [[1, 2], 2];
    const folderOf = (configuration: string) => join(results(), `nnUNetTrainer__nnUNetPlans__${configuration}`);
    beforeEach(() => writeRaw(REGIONS));

    it('is described by the names of its regions, and scored fold by fold', async () => {
      await predict(join(folderOf('my_config'), 'fold_0/validation'), ['c0', 'c1'], classes);
      await predict(join(folderOf('my_config'), 'fold_1/validation'), ['c2', 'c3'], classes);
      // Of another trainer.
      await predict(join(results(), 'nnUNetTrainerAdam__nnUNetPlans__2d/fold_0/validation'), ['c0'], classes);
      const data = await report();
      expect(data.rules).toBe('nnU-Net v2');
      expect(renderReport(data)).toContain('by the rules of nnU-Net v2');
      expect(data.dataset!.labels.map(({ name, labels }) => [name, labels])).toEqual([
        ['whole', [1, 2]],
        ['right', [2]],
      ]);
      // 24 voxels of 3 mm³ times the width for each label.
      expect(data.dataset!.cases.map(({ id, volumes }) => [id, ...volumes])).toEqual([
        ...ids.map((id, i) => [id, 144 * (i + 1), 72 * (i + 1)]),
        ['t0', null, null],
      ]);
      expect(data.dataset!.faults.filter((text) => !/components|volume/.test(text))).toEqual([]);
      expect(data.scores!.candidates.map(({ name, means, mean, cases }) => ({ name, means, mean, cases }))).toEqual([
        { name: 'my_config', means: { whole: 1, right: 0 }, mean: 0.5, cases: 4 },
      ]);
      expect(data.scores!.postprocessing[0]).toContain('nnUNetv2_find_best_configuration');
      expect(data.trainings.map(({ configuration, trainer }) => [configuration, trainer])).toEqual([
        ['my_config', 'nnUNetTrainer'],
      ]);
      expect(data.trainings[0]!.folds.map(({ fold, validation }) => [fold, validation])).toEqual([
        ['0', { whole: 1, right: 0 }],
        ['1', { whole: 1, right: 0 }],
      ]);
      expect(data.cases.map(({ id, origin }) => [id, origin]).sort()).toEqual([
        ['c0', 'my_config, fold 0, validation'],
        ['c1', 'my_config, fold 0, validation'],
        ['c2', 'my_config, fold 1, validation'],
        ['c3', 'my_config, fold 1, validation'],
      ]);
      expect(data.missing).toEqual([
        'The task is not planned yet: there are no plans nnUNetPlans.',
        'my_config: folds 2, 3, 4 are not trained yet.',
      ]);
    });

    it('has what was collected, postprocessed and merged', async () => {
      for (const configuration of ['2d', '3d_fullres']) {
        await predict(join(folderOf(configuration), 'fold_0/validation'), ids.slice(0, 2), classes);
        await predict(join(folderOf(configuration), 'crossval_results_folds_0_1'), ids, classes);
      }
      const collected = join(folderOf('2d'), 'crossval_results_folds_0_1');
      await predict(join(collected, 'postprocessed'), ids, classes);
      const names = ['2d', '3d_fullres'].map((configuration) => `nnUNetTrainer__nnUNetPlans__${configuration}`);
      await predict(join(results(), 'ensembles', `ensemble___${names.join('___')}___0_1`), ids.slice(1), classes);
      const { scores, cases } = await report();
      expect(
        scores!.candidates.map(({ name, cases: count, meanPostprocessed }) => [name, count, meanPostprocessed]),
      ).toEqual([
        ['2d', 4, 0.5],
        ['3d_fullres', 4, null],
        ['2d + 3d_fullres', 3, null],
      ]);
      expect(new Set(cases.map(({ origin }) => origin))).toEqual(new Set(['2d, fold 0, validation', '2d, validation']));
      // A fold that was validated since is not in what was collected.
      for (const id of ['c2', 'c3']) await predict(join(folderOf('2d'), `fold_${id[1]}/validation`), [id], classes);
      await predict(join(folderOf('2d'), 'fold_4/validation'), ['c3'], classes);
      expect((await report()).scores!.candidates[0]).toMatchObject({ name: '2d', cases: 5, meanPostprocessed: null });
    });
  });

  it('leaves out voxels without annotation', async () => {
    // All of label 2 in the first slices is not annotated.
    const unannotated = (labels: Uint8Array) =>
      labels.map((label, i) => (i < 3 * SHAPE[1] * SHAPE[2] && label === 2 ? 3 : label));
    await writeRaw({ labels: { background: 0, left: 1, right: 2, ignore: 3 } }, unannotated);
    const validation = join(results(), 'nnUNetTrainer__nnUNetPlans__2d/fold_0/validation');
    await predict(validation, ids, [1, 2], 3);
    const { dataset, scores } = await report();
    expect(dataset!.labels.map(({ name }) => name)).toEqual(['left', 'right']);
    expect(dataset!.notes).toContainEqual(expect.stringMatching(/^Voxels without annotation count nowhere/));
    const { mean } = readJson(join(validation, 'summary.json'));
    expect(scores!.candidates[0]!.means).toEqual({ 1: mean['1'].Dice, 2: mean['2'].Dice });
  });
});

const golden = fileURLToPath(new URL('../../../../../shared/golden/v2/', import.meta.url));
describe.skipIf(!existsSync(golden))('models trained by nnU-Net 2.8.1 (../shared/golden/v2)', () => {
  it.each(['Dataset121_Regions', 'Dataset122_Ignore'])('%s: curves, scores and plans', async (name) => {
    const preprocessed = join(temporaryFolder(), 'preprocessed');
    const model = join(golden, 'models', name, 'nnUNetTrainer__nnUNetPlansSmall__3d_fullres');
    const prepared = join(preprocessed, name);
    mkdirSync(prepared, { recursive: true });
    for (const file of ['dataset.json', 'dataset_fingerprint.json']) cpSync(join(model, file), join(prepared, file));
    cpSync(join(model, 'plans.json'), join(prepared, 'nnUNetPlansSmall.json'));
    const data = await collectReport({
      ...boxesOptions,
      roots: { rawBase: null, rawDatasets: join(golden, 'data'), preprocessed, results: join(golden, 'models') },
      task: name,
      plansIdentifier: 'nnUNetPlansSmall',
      cases: 1,
    });
    const [{ folds, configuration }] = data.trainings as [(typeof data.trainings)[number]];
    const [{ finished, trainLosses, validationLosses, dice, learningRates, changed, validation }] = folds as [
      (typeof folds)[number],
    ];
    const logged = readJson(join(golden, 'models', name, 'training.json'));
    expect(configuration).toBe('3d_fullres');
    expect({ finished, changed }).toEqual({ finished: true, changed: [] });
    expect({ trainLosses, validationLosses, learningRates }).toEqual({
      trainLosses: logged.train_losses,
      validationLosses: logged.val_losses,
      learningRates: logged.lrs,
    });
    const perClass: [number, number][] = logged.dice_per_class_or_region;
    expect(dice).toHaveLength(20);
    for (const [epoch, [one, other]] of perClass.entries()) expect(dice[epoch]).toBeCloseTo((one + other) / 2, 7);
    const { mean } = readJson(join(model, 'fold_0/validation/summary.json'));
    expect(Object.values(validation!).length).toBe(2);
    for (const [i, value] of Object.values(validation!).entries())
      expect(value).toBeCloseTo((Object.values(mean)[i] as { Dice: number }).Dice, 12);
    expect(data.plans!.identifier).toBe('nnUNetPlansSmall');
    expect(data.missing).toEqual(['3d_fullres: folds 1, 2, 3, 4 are not trained yet.']);
  });
});
