import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { compareConfigurations, consolidateModel, ensemblePredictions, splitTask } from '@nnunet/pipeline';
import { candidateTable } from '@nnunet/pipeline/internal';
import { resolveRoots } from '@nnunet/schema';
import { exportModels, installArchive } from '@nnunet/sharing';
import type { ModelCard } from '@nnunet/sharing/internal';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallExperiment } from '../../pipeline/src/small-experiment.fixture.ts';

const { task, plans, reporter, root, roots, folderOf, prepare, train, predictTest } = smallExperiment();
const elsewhere = resolveRoots({ root: join(root, 'elsewhere'), env: {} });

function findBest(more = {}) {
  return compareConfigurations({
    roots,
    tasks: ['900'],
    models: ['3d_lowres', '3d_fullres'],
    trainer: 'nnUNetTrainerV2',
    cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
    plansIdentifier: plans,
    strict: true,
    disableEnsembling: false,
    disablePostprocessing: false,
    predictMissing: true,
    workers: 1,
    reporter,
    ...more,
  });
}

function exportTo(zipFile: string, more = {}) {
  return exportModels({
    roots,
    task: '900',
    zipFile: join(root, zipFile),
    models: ['3d_lowres', '3d_fullres'],
    trainer: 'nnUNetTrainerV2',
    cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
    plansIdentifier: plans,
    strict: true,
    reporter,
    ...more,
  });
}

beforeAll(async () => {
  await prepare();
  await splitTask({ roots, task, folds: 2, seed: 12345, overwrite: false, reporter });
  for (const configuration of ['3d_lowres', '3d_fullres'] as const) {
    const saveSoftmax = configuration === '3d_lowres';
    for (const fold of ['0', '1'])
      await train(configuration, fold, { saveSoftmax, decidePostprocessing: false, predictNextStage: false });
  }
});

describe('from trained folds to another machine', () => {
  it('exports no model whose postprocessing is not known, unless asked to', async () => {
    await expect(exportTo('early.zip')).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-postprocessing'));
    await expect(exportTo('early.zip', { folds: ['0', '4'] })).rejects.toThrow(/fold_4/);
    await expect(exportTo('early.zip', { models: ['2d'] })).rejects.toThrow(/2d was not trained/);
    await expect(exportTo('early.zip', { models: ['2d'], strict: false })).rejects.toThrow(/none of 2d/);
    expect(existsSync(join(root, 'early.zip'))).toBe(false);
    const models = ['2d', '3d_lowres'];
    const exported = await exportTo('early.zip', { models, folds: ['1'], strict: false });
    expect(exported).toEqual([`3d_lowres/${task}/nnUNetTrainerV2__${plans}`]);
    expect(reporter.messages.join('\n')).toMatch(/2d is skipped[\s\S]*postprocessing of this model has not/);
  });

  it('finds the best configuration, and predicts again what is needed for that', async () => {
    const stored = join(folderOf('3d_fullres'), 'fold_0/validation_raw');
    expect((await readdir(stored)).some((name) => name.endsWith('.npz'))).toBe(false);
    await expect(findBest({ predictMissing: false })).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-softmax'));
    const [{ candidates, best, commands, skipped }] = (await findBest({ commonArguments: ['--root', root] })) as [
      Awaited<ReturnType<typeof findBest>>[number],
    ];
    expect((await readdir(stored)).some((name) => name.endsWith('.npz'))).toBe(true);
    expect(candidates.length).toBe(3);
    expect(skipped).toEqual([]);
    for (const command of commands)
      expect(command).toMatch(new RegExp(`^nnUNet_(predict|ensemble) .* --root ${root}$`));
    const table = candidateTable(candidates, best).split('\n');
    expect(table[0]).toMatch(/^Dice +label 1 +mean$/);
    expect(table[3]).toMatch(/^[* ] 3d_lowres \+ 3d_fullres +\d\.\d{4} +\d\.\d{4}$/);
    expect(table.some((line) => line.startsWith('* '))).toBe(true);
    const { length } = reporter.messages;
    await findBest({ models: ['2d', '3d_lowres'], strict: false });
    expect(reporter.messages.slice(length).join('\n')).toMatch(/2d is skipped/);
    await expect(findBest({ models: ['2d', '3d_lowres'] })).rejects.toSatisfy((e) => isNnUNetError(e, 'missing-model'));
    await expect(findBest({ folds: [Number.NaN] })).rejects.toSatisfy((e) => isNnUNetError(e, 'usage'));
  });

  it('determines the postprocessing of one configuration', async () => {
    const options = {
      roots,
      configuration: '3d_lowres',
      task,
      plansIdentifier: plans,
      validationFolder: 'validation_raw',
    };
    const { file, decision } = await consolidateModel({ ...options, workers: 1, reporter });
    expect(decision).toMatch(/removed/);
    expect(JSON.parse(readFileSync(file, 'utf8')).num_samples).toBe(2);
    await expect(consolidateModel({ ...options, folds: ['0', '2'], reporter })).rejects.toThrow(/fold_2/);
  });

  it('exports and installs models that predict the same, and what an ensemble needs', async () => {
    await exportTo('models.zip');
    await exportTo('trainable.zip', { keepMomenta: true });
    const size = (name: string): number => statSync(join(root, name)).size;
    expect(size('models.zip')).toBeLessThan(0.6 * size('trainable.zip'));
    const { models } = await installArchive({ roots: elsewhere, zipFile: join(root, 'models.zip'), reporter });
    const goOn = {
      roots: { ...roots, results: elsewhere.results },
      continueTraining: true,
      settings: { epochs: 2 },
      reporter,
    };
    await expect(train('3d_fullres', '0', goOn)).rejects.toThrow(/exported for prediction.*`keepMomenta`/s);
    expect(models).toEqual(['3d_fullres', '3d_lowres'].map((c) => `${c}/${task}/nnUNetTrainerV2__${plans}`));
    const results = join(elsewhere.results!, 'nnUNet');
    const ensembles = join(results, 'ensembles', task);
    const [ensemble] = await readdir(ensembles);
    for (const configuration of ['3d_lowres', '3d_fullres'] as const)
      await predictTest(`here/${configuration}`, configuration, { saveSoftmax: true });
    await predictTest('there', '3d_fullres', { roots: elsewhere, saveSoftmax: true });
    const [here, there] = await Promise.all(
      ['here/3d_fullres', 'there'].map((name) => readLabels(join(root, name, 'ball_2.nii.gz'))),
    );
    expect(there!.data).toEqual(here!.data);
    const cases = await ensemblePredictions({
      folders: ['3d_lowres', '3d_fullres'].map((name) => join(root, 'here', name)),
      outputFolder: join(root, 'merged'),
      threads: 1,
      postprocessingFile: join(ensembles, ensemble!, 'postprocessing.json'),
      saveSoftmax: true,
      reporter,
    });
    expect(cases).toEqual(['ball_2']);
    expect(await readdir(join(root, 'merged'))).toEqual(
      expect.arrayContaining(['ball_2.nii.gz', 'not_postprocessed', 'postprocessing.json']),
    );
    // as in v1: the mean probabilities belong to the labels before postprocessing
    expect((await readdir(join(root, 'merged/not_postprocessed'))).sort()).toEqual([
      'ball_2.json',
      'ball_2.nii.gz',
      'ball_2.npz',
    ]);
  });

  it('tells in the card what the model is', async () => {
    const folder = join(elsewhere.results!, 'nnUNet/3d_fullres', task, `nnUNetTrainerV2__${plans}`);
    const card: ModelCard = JSON.parse(readFileSync(join(folder, 'model_card.json'), 'utf8'));
    expect(card).toMatchObject({ task, configuration: '3d_fullres', folds: ['0', '1'], plans });
    expect(card.data).toMatchObject({ name: 'Balls', labels: { 0: 'background', 1: 'ball' }, trainingCases: 2 });
    expect(card.data.medianSize).toEqual([36, 40, 38]);
    expect(card.scores).toMatchObject({ cases: 2, from: 'the cross-validation' });
    expect(card.training[1]).toMatchObject({ fold: 'fold_1', epochs: 1 });
    expect(card.training[1]!.changedSettings).toMatch(/1 epoch \(default 1000\)/);
    expect(card.network.parameters).toBeGreaterThan(1000);
    const text = readFileSync(join(folder, 'model_card.md'), 'utf8');
    expect(text).toContain('| 1 | ball |');
    expect(text).toContain(`-t ${task} -m 3d_fullres -tr nnUNetTrainerV2 -p ${plans}`);
    expect(text).toContain('not stated: ask who trained the model');
  });
});
