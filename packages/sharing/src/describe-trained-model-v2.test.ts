import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { rootsBelow } from './archive.fixture.ts';
import { describeTrainedModelV2 } from './describe-trained-model-v2.ts';
import { installArchive } from './install-archive.ts';
import { installedCards } from './installed-cards.ts';
import type { ModelCard } from './model-card.ts';
import { writeArchive } from './write-archive.ts';

const MODEL = 'nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres';
const golden = fileURLToPath(new URL(`../../../../shared/golden/models/v2/${MODEL}`, import.meta.url));
const files = ['plans.json', 'dataset.json', 'dataset_fingerprint.json', 'fold_0/checkpoint_final.pth'];

describe.skipIf(!existsSync(golden))('the card of a model of nnU-Net v2 (needs ../shared/golden)', () => {
  let root: string;
  let folder: string;
  beforeEach(() => {
    root = temporaryFolder();
    folder = join(root, 'results/Dataset103_CT', MODEL);
  });

  it('tells what its folder says', async () => {
    cpSync(golden, folder, { recursive: true });
    // The fingerprint knows better how many cases there were.
    const dataset = join(folder, 'dataset.json');
    writeFileSync(dataset, JSON.stringify({ ...JSON.parse(readFileSync(dataset, 'utf8')), numTraining: 1234 }));
    const card = await describeTrainedModelV2(folder);
    expect(card).toMatchObject({
      task: 'Dataset103_CT',
      configuration: '3d_fullres',
      trainer: 'nnUNetTrainer',
      plans: 'nnUNetResEncUNetMPlans',
      folds: ['0'],
      data: { labels: { 0: 'background' }, modalities: { 0: { name: 'CT', normalisation: 'CTNormalization' } } },
      network: { architecture: 'ResidualEncoderUNet', preprocessor: 'DefaultPreprocessor', regionClassOrder: null },
      scores: null,
      postprocessing: null,
      integers: null,
    });
    const plans = JSON.parse(readFileSync(join(golden, 'plans.json'), 'utf8')).configurations['3d_fullres'];
    const { spacing, patch_size: patchSize, batch_size: batchSize } = plans;
    expect(card.network).toMatchObject({ spacing, patchSize, batchSize });
    const fingerprint = JSON.parse(readFileSync(join(golden, 'dataset_fingerprint.json'), 'utf8'));
    expect(card.data.trainingCases).toBe(fingerprint.spacings.length);
    expect(card.data.medianSpacing).toHaveLength(3);
    expect(card.training).toEqual([{ fold: 'fold_0', epochs: expect.any(Number), changedSettings: null }]);
    expect(card.network.parameters).toBeGreaterThan(1e5);
  });

  it('shows the scores of a validation, also of regions, and what dataset.json adds', async () => {
    cpSync(golden, folder, { recursive: true });
    const dataset = join(folder, 'dataset.json');
    const content = JSON.parse(readFileSync(dataset, 'utf8'));
    writeFileSync(dataset, JSON.stringify({ ...content, name: 'CT of phantoms', licence: 'CC0', description: '' }));
    rmSync(join(folder, 'dataset_fingerprint.json'));
    mkdirSync(join(folder, 'fold_0/validation'));
    const mean = { '(1, 2)': { Dice: 0.5 }, 2: { Dice: 0.75 }, 3: { Dice: null } };
    writeFileSync(join(folder, 'fold_0/validation/summary.json'), JSON.stringify({ mean, metric_per_case: [{}, {}] }));
    const { data, scores } = await describeTrainedModelV2(folder);
    expect(data).toMatchObject({ name: 'CT of phantoms', licence: 'CC0', description: null, medianSpacing: null });
    expect(data.trainingCases).toBe(content.numTraining);
    expect(scores).toEqual({ from: 'fold 0 alone', cases: 2, dice: { '1 + 2': 0.5, 2: 0.75, 3: null }, mean: 0.625 });
  });

  it('counts folds with a final checkpoint, and names the one of all cases', async () => {
    cpSync(golden, folder, { recursive: true });
    cpSync(join(folder, 'fold_0'), join(folder, 'fold_all'), { recursive: true });
    for (const name of ['fold_1', 'ensembles']) mkdirSync(join(folder, name));
    cpSync(join(folder, 'fold_0'), join(folder, 'older'), { recursive: true });
    mkdirSync(join(folder, 'fold_all/validation'));
    const summary = { mean: { 1: { Dice: 1 } }, metric_per_case: [{}] };
    writeFileSync(join(folder, 'fold_all/validation/summary.json'), JSON.stringify(summary));
    const { folds, training, scores } = await describeTrainedModelV2(folder);
    expect(folds).toEqual(['0', 'all']);
    expect(training.map(({ fold }) => fold)).toEqual(['fold_0', 'fold_all']);
    expect(scores!.from).toBe('the training cases themselves, which says little');
  });

  it('is written when the model is installed, unless it brought one, and found by the id of the dataset', async () => {
    const zipFile = join(root, 'model.zip');
    const sources = files.map((name) => ({ name: `Dataset103_CT/${MODEL}/${name}`, file: join(golden, name) }));
    await writeArchive(zipFile, sources);
    const roots = rootsBelow(root);
    const reporter = listener();
    await installArchive({ roots, zipFile, reporter });
    expect(reporter.warnings).toEqual([]);
    const card: ModelCard = JSON.parse(readFileSync(join(folder, 'model_card.json'), 'utf8'));
    expect(card.task).toBe('Dataset103_CT');
    const cards = await installedCards(roots, '103');
    expect(cards).toEqual([{ folder, text: readFileSync(join(folder, 'model_card.md'), 'utf8') }]);
    expect(cards[0]!.text).toContain('# Dataset103_CT, 3d_fullres');
    expect(cards[0]!.text).toContain('-t Dataset103_CT -m 3d_fullres -tr nnUNetTrainer -p nnUNetResEncUNetMPlans');
    // Of the weights that were installed before.
    writeFileSync(join(folder, 'model_card.json'), '{}');
    await installArchive({ roots, zipFile, reporter });
    expect(JSON.parse(readFileSync(join(folder, 'model_card.json'), 'utf8')).task).toBe('Dataset103_CT');
    const own = { name: `Dataset103_CT/${MODEL}/model_card.json`, text: '{}' };
    await writeArchive(zipFile, [...sources, own]);
    await installArchive({ roots, zipFile, reporter });
    expect(readFileSync(join(folder, 'model_card.json'), 'utf8')).toBe('{}');
    expect(await installedCards(roots, 'Dataset104_None')).toEqual([]);
  });
});
