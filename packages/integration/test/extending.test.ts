import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Batch, recipeV1 } from '@nnunet/augment';
import { startBatchLoader } from '@nnunet/augment/node';
import { evaluateFolder, readSummary } from '@nnunet/metrics/node';
import { loadExtensions } from '@nnunet/pipeline';
import { counterRandom } from '@nnunet/tensor';
import { readNpyFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeLabels, writeVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  demoTask,
  expectRefusal,
  expectSuccess,
  filesBelow,
  installExample,
  prepareDemo,
  repository,
  runCommand,
} from './commands.ts';
import { writeTinyModel } from './tiny-model.ts';

const examples = join(repository, 'docs/examples/extending');
const page = readFileSync(join(repository, 'docs/extending_nnunet.md'), 'utf8');
const root = temporaryFolder();
const mine = installExample('extending', temporaryFolder());
const models = join(root, 'nnUNet_results/nnUNet/3d_fullres/Task004_Hippocampus');

describe.each(readdirSync(examples).filter((name) => name.endsWith('.mjs')))('docs/examples/extending/%s', (name) => {
  const code = readFileSync(join(examples, name), 'utf8');

  it('is short, needs no internals, and is what docs/extending_nnunet.md shows', () => {
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(code).not.toMatch(/\/internal'/);
    expect(page).toContain(`\`\`\`js\n${code}\`\`\``);
  });
});

beforeAll(() => prepareDemo(root, '-pl2d', 'None'), 120_000);

/** Trains a fold for two steps, in small batches, with a module of the user's own. */
function train(trainer: string, module: string, ...args: string[]) {
  return runCommand('nnUNet_train', [
    ...['3d_fullres', trainer, '4', '0', '--root', root, '--plugin', join(mine, module), '--batch_size', '1'],
    ...['--epochs', '1', '--iterations_per_epoch', '2', '--val_iterations_per_epoch', '1'],
    ...['--disable_validation_inference', ...args],
  ]);
}
const foldOf = (trainer: string) => join(models, `${trainer}__nnUNetPlansv2.1/fold_0`);

describe('a transform', () => {
  it('is shown before the training, and trained with', () => {
    const fold = foldOf('GhostingTrainer');
    expectSuccess(train('GhostingTrainer', 'ghosting.mjs', '--preview_batches', '2'));
    expect(readdirSync(fold).sort()).toEqual(['preview_batch_0.png', 'preview_batch_1.png']);
    expectSuccess(train('GhostingTrainer', 'ghosting.mjs'));
    const recipe = JSON.parse(JSON.parse(readFileSync(join(fold, 'debug.json'), 'utf8')).recipe);
    expect(recipe).toMatchObject({ ghosting: { probability: 0.5 }, spacing: [1, 1, 1], labels: [1, 2] });
  });

  it('makes the same batches in 0, 1, 2 and 4 threads', async () => {
    const { transforms } = await loadExtensions([join(mine, 'ghosting.mjs')]);
    const shape = [10, 12, 14];
    const data = counterRandom('ghosts').fillNormal(new Float32Array(2 * 10 * 12 * 14));
    const seg = Float32Array.from(data.subarray(10 * 12 * 14), (value) => (value > 1 ? 1 : 0));
    const plain = recipeV1({ patchSize: [8, 10, 12], batchSize: 2 });
    const ghosting = { probability: 0.5, distance: [2, 4], strength: [0.2, 0.5] };
    const batchesOf = async (recipe: typeof plain, workers: number) => {
      const options = { recipe, transforms, seed: 1, iterationsPerEpoch: 4, endEpoch: 1, workers };
      const loader = startBatchLoader({
        ...options,
        source: { kind: 'arrays', cases: [{ id: 'a', shape, data, seg }] },
      });
      const batches: (Batch | null)[] = [];
      for (let i = 0; i < 4; i++) batches.push(await loader.next());
      await loader.close();
      return batches;
    };
    const recipe = { ...plain, ghosting };
    const direct = await batchesOf(recipe, 0);
    for (const workers of [1, 2, 4]) expect(await batchesOf(recipe, workers)).toEqual(direct);
    expect(direct).not.toEqual(await batchesOf(plain, 0));
  });

  it('that spoils a sample is refused by name and case, before anything is written', () => {
    const code = readFileSync(join(mine, 'ghosting.mjs'), 'utf8').replaceAll(/(?<=\W)G?ghosting|Ghosting/g, (name) =>
      name === 'ghosting' ? 'nothing' : 'Nothing',
    );
    writeFileSync(join(mine, 'nothing.mjs'), code.replace('(strength /', '(strength / 0 /'));
    const outcome = train('NothingTrainer', 'nothing.mjs');
    expectRefusal(outcome, 1, /case hippocampus_\d+: the transform nothing wrote values that are not finite/);
    expect(existsSync(foldOf('NothingTrainer'))).toBe(false);
  });
}, 60_000);

describe('a normalisation scheme', () => {
  const prepared = join(root, 'nnUNet_preprocessed/Task004_Hippocampus');
  const plugin = ['--plugin', join(mine, 'robust.mjs')];
  const identifier = ['-p', 'nnUNetPlans_robust'];
  const predict = (...args: string[]) => {
    const images = join(root, 'one image');
    mkdirSync(images, { recursive: true });
    const [first = ''] = readdirSync(join(demoTask, 'imagesTs'));
    copyFileSync(join(demoTask, 'imagesTs', first), join(images, 'a_0000.nii.gz'));
    const model = ['-t', '4', '-m', '3d_fullres', ...identifier, '-f', '0', '--disable_tta', '--root', root];
    return runCommand('nnUNet_predict', ['-i', images, '-o', join(root, 'robust'), ...model, ...args]);
  };

  it('is chosen by a planner, and prepares the cases in threads', async () => {
    const args = ['-t', '4', '-pl2d', 'None', '-pl3d', 'RobustPlanner', '-tf', '2', '--root', root];
    expectSuccess(runCommand('nnUNet_plan_and_preprocess', [...args, ...plugin]));
    const folder = join(prepared, 'nnUNetData_robust_stage0');
    const [name = ''] = filesBelow(folder).filter((file) => file.endsWith('.npy'));
    const { data, shape } = await readNpyFile(join(folder, name));
    const image = (data as Float32Array).slice(0, data.length / shape[0]!).sort();
    const at = (share: number) => image[Math.round(share * (image.length - 1))]!;
    expect(at(0.5)).toBe(0);
    expect(at(0.75) - at(0.25)).toBeCloseTo(1, 6);
    const explained = expectSuccess(runCommand('nnUNet_explain_plans', ['-t', '4', ...identifier, '--root', root]));
    expect(explained.stdout).toContain('Channel 0 (MRI): scheme robust.');
  });

  it('is needed for prediction, which says which one is missing', () => {
    const trained = runCommand('nnUNet_train', [
      ...['3d_fullres', 'nnUNetTrainerV2', '4', '0', ...identifier, '--root', root, '--batch_size', '1'],
      ...['--epochs', '1', '--iterations_per_epoch', '1', '--val_iterations_per_epoch', '1'],
      '--disable_validation_inference',
    ]);
    expectSuccess(trained);
    expectRefusal(predict(), 1, /there is no normalisation scheme called robust/, /plug-in/);
    expect(existsSync(join(root, 'robust'))).toBe(false);
    expectSuccess(predict(...plugin));
    expect(existsSync(join(root, 'robust/a.nii.gz'))).toBe(true);
  });
}, 60_000);

it('a metric is written to summary.json beside the others, also from code', async () => {
  const references = join(demoTask, 'labelsTr');
  const [a = '', b = ''] = readdirSync(references).sort();
  const folders = { reference: join(root, 'references'), predictions: join(root, 'scored') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  for (const name of [a, b]) copyFileSync(join(references, name), join(folders.reference, name));
  copyFileSync(join(references, a), join(folders.predictions, a));
  // Label 2 of the second prediction is missing.
  const { data, ...geometry } = await readLabels(join(references, b));
  const without = Uint8Array.from(data, (label) => (label === 2 ? 0 : label));
  await writeLabels(join(folders.predictions, b), without, geometry);
  const module = join(mine, 'surface-dice.mjs');
  const args = ['-ref', folders.reference, '-pred', folders.predictions, '-l', '1', '2', '3', '--plugin', module];
  expectSuccess(runCommand('nnUNet_evaluate_folder', args));
  const summary = await readSummary(join(folders.predictions, 'summary.json'));
  const name = 'Surface Dice at 2 mm';
  expect(['1', '2', '3'].map((label) => summary.results.mean[label]![name])).toEqual([1, 0.5, Number.NaN]);
  expect(Object.keys(summary.results.mean['1']!)).toHaveLength(14);
  const { metrics } = await loadExtensions([module]);
  const again = await evaluateFolder({ ...folders, labels: [1, 2, 3], registry: metrics });
  expect(again.results).toEqual(summary.results);
});

describe('a format', () => {
  const module = join(mine, 'vox.mjs');
  const images = join(root, 'images');
  const expected = join(images, 'a_0000.nii.gz');

  beforeAll(async () => {
    mkdirSync(images);
    const spacing = [1.5, 1, 0.75] as const;
    const shape = [20, 24, 28] as const;
    const stored = Int16Array.from(counterRandom('voxels').fillNormal(new Float32Array(20 * 24 * 28), 1000));
    const data = Float32Array.from(stored);
    await writeVolume(expected, { data, shape, spacing, origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] });
    const header = `${JSON.stringify({ shape, spacing })}\n`;
    writeFileSync(join(images, 'b_0000.vox'), Buffer.concat([Buffer.from(header), Buffer.from(stored.buffer)]));
  });

  it('is read by prediction, on the same grid and with the same labels as NIfTI', async () => {
    const model = join(root, 'tiny model');
    const out = join(root, 'of formats');
    writeTinyModel(model);
    expectSuccess(
      runCommand('nnUNet_predict', [
        '--model_folder',
        model,
        '-i',
        images,
        '-o',
        out,
        '--plugin',
        module,
        '--disable_tta',
      ]),
    );
    const [a, b] = await Promise.all(['a', 'b'].map((id) => readLabels(join(out, `${id}.nii.gz`))));
    expect({ ...b, niftiHeader: null }).toEqual({ ...a, niftiHeader: null });
    expect(new Set(a!.data).size).toBeGreaterThan(1);
  });

  it('is imported, named where planning needs NIfTI, and read from code', async () => {
    const task = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task007_Vox');
    for (const folder of ['imagesTr', 'labelsTr']) mkdirSync(join(task, folder), { recursive: true });
    copyFileSync(join(images, 'b_0000.vox'), join(task, 'imagesTr/b_0000.vox'));
    const planned = runCommand('nnUNet_plan_and_preprocess', ['-t', '7', '--root', root, '--plugin', module]);
    expectRefusal(planned, 1, /b_0000\.vox: is not a NIfTI image[\s\S]*nnUNet_import_images/);
    const imported = join(root, 'imported');
    expectSuccess(runCommand('nnUNet_import_images', ['-i', images, '-o', imported, '--plugin', module]));
    const known = (await readVolume(expected)).data;
    expect((await readVolume(join(imported, 'b_0000.nii.gz'))).data).toEqual(known);
    const { formats } = await loadExtensions([module]);
    const { data, spacing } = await readVolume(join(images, 'b_0000.vox'), formats);
    expect([data, spacing]).toEqual([known, [1.5, 1, 0.75]]);
  });

  it('that cannot read a file is told with its name', () => {
    const cut = join(root, 'cut');
    mkdirSync(cut);
    writeFileSync(join(cut, 'c_0000.vox'), readFileSync(join(images, 'b_0000.vox')).subarray(0, -1));
    const outcome = runCommand('nnUNet_import_images', ['-i', cut, '-o', join(root, 'none'), '--plugin', module]);
    expectRefusal(outcome, 1, /c_0000\.vox has 26879 bytes of voxels/);
  });
}, 60_000);
