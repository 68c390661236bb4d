import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorTag } from '@nnunet/errors';
import { readModelFolder } from '@nnunet/inference/node/internal';
import { initialiseWeights } from '@nnunet/network';
import { momentumShapes } from '@nnunet/network/internal';
import { pickleToJson, readPickle } from '@nnunet/pickle';
import { type Configuration, resolveRoots } from '@nnunet/schema';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import type { TorchTensor } from '@nnunet/torch-checkpoint';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { createTrainer, resolveSettings } from '@nnunet/trainer';
import { describe, expect, it } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { type Checkpoint, encodeCheckpoint } from '../../trainer/src/checkpoint.ts';
import { startingState } from '../../trainer/src/training-state.ts';
import { type ExportPyTorchOptions, exportPyTorch } from './export-pytorch.ts';
import { torchCheckpointV1, withIntegerKeys } from './torch-checkpoint-v1.ts';

const reporter = listener();
const FOLDER = 'nnUNet/2d/Task900_Tiny/nnUNetTrainerV2__nnUNetPlansv2.1';

interface Trained {
  trainer?: string;
  configuration?: Configuration;
  plans?: ReturnType<typeof tinyPlans>;
}

/** A training after two of three epochs, with made-up weights and momenta. */
function trained({ trainer: name = 'nnUNetTrainerV2', configuration = '2d', plans = tinyPlans([8, 8]) }: Trained = {}) {
  const trainer = createTrainer({ plans, configuration, trainer: name });
  const model = trainer.describeModel();
  const state = startingState(resolveSettings({ epochs: 3 }, trainer.settings()), trainer.optimizer().momentum);
  state.epoch = 2;
  state.log.trainLosses.push(-0.25, -0.5);
  state.log.validationLosses.push(-0.125, -0.375);
  state.log.validationMetrics.push(0.5, Number.NaN);
  state.log.learningRates.push(0.01, 0.007);
  state.best = 0.625;
  const momenta: Checkpoint['momenta'] = new Map(
    momentumShapes(model.network, trainer.optimizer()).map(({ name, shape }) => [
      name,
      { data: counterRandom(1, name).fillNormal(new Float32Array(sizeOf(shape))), shape },
    ]),
  );
  const about = { task: 'Task900_Tiny', fold: 0 };
  return { model, about, state, weights: initialiseWeights(model.network, 1), momenta };
}

/** The results folder with this checkpoint in a fold, and the folder of the model. */
function written(checkpoint: Checkpoint, { folder = FOLDER, fold = 'fold_0' } = {}) {
  const results = temporaryFolder();
  const model = join(results, folder);
  mkdirSync(join(model, fold), { recursive: true });
  writeFileSync(join(model, fold, 'model_final_checkpoint.safetensors'), Buffer.concat(encodeCheckpoint(checkpoint)));
  return { results, model, roots: resolveRoots({ env: { RESULTS_FOLDER: results } }) };
}

/** Plans of as many regions as v1's network has outputs for the labels. */
const PLANS_OF_REGIONS = {
  ...tinyPlans([8, 8]),
  regions: [[1, 2], [1], [2]].map((values, i) => ({ name: `region ${i}`, values })),
  regions_class_order: [1, 1, 2],
};

it('refuses the regions of dataset.json, which v1 would take for labels', async () => {
  await expect(exported(trained({ plans: PLANS_OF_REGIONS }))).rejects.toMatchObject({
    tag: 'unsupported-network',
    message: expect.stringContaining('regions that the dataset.json'),
  });
});

async function exported(checkpoint: Checkpoint, more: Partial<ExportPyTorchOptions> = {}) {
  const { model, roots } = written(checkpoint);
  const outputFolder = join(temporaryFolder(), 'deep/out');
  const options = { roots, modelFolder: model, checkpoint: 'model_final_checkpoint', outputFolder, reporter, ...more };
  return { files: await exportPyTorch(options), outputFolder };
}

/** The content of the two files of a fold. */
async function read(outputFolder: string) {
  const path = join(outputFolder, 'fold_0/model_final_checkpoint.model');
  const file = await openTorchFile(path);
  const settings = readPickle(readFileSync(`${path}.pkl`)) as Map<string, unknown>;
  return { content: file.value as Map<string, unknown>, settings, close: () => file.close() };
}

async function numbers(tensors: unknown): Promise<[unknown, unknown, readonly number[]][]> {
  const entries = [...(tensors as Map<unknown, TorchTensor>)];
  return Promise.all(
    entries.map(async ([name, t]) => [name, [...(await t.read())].map(Number), t.shape] as const),
  ) as never;
}

const nested = (entries: object) => new Map<string, unknown>(Object.entries(entries));
const plain = (tensors: Checkpoint['weights']) => [...tensors].map(([name, t]) => [name, [...t.data], t.shape]);

describe('a model that is exported for nnU-Net v1', () => {
  it('is read as a model of v1: the same network, plans and weights', async () => {
    const checkpoint = trained();
    const { files, outputFolder } = await exported(checkpoint);
    const names = ['fold_0/model_final_checkpoint.model', 'fold_0/model_final_checkpoint.model.pkl', 'plans.pkl'];
    expect(files).toEqual(names.map((name) => join(outputFolder, name)));
    const { description, members } = await readModelFolder(outputFolder);
    const { network, plans, trainer, configuration, mirrorAxes } = checkpoint.model;
    expect(description).toMatchObject({ plans, trainer, configuration, mirrorAxes });
    expect(description.network).toMatchObject({ architecture: 'Generic_UNet', features: network.features });
    expect(plain(members[0]!.weights)).toEqual(plain(checkpoint.weights));
  });

  it('goes on where it was: momenta by number, the log, the best score', async () => {
    const checkpoint = trained();
    const { content, close } = await read((await exported(checkpoint)).outputFolder);
    expect(content.get('epoch')).toBe(2);
    expect(content.get('plot_stuff')).toEqual([[-0.25, -0.5], [-0.125, -0.375], [], [0.5, Number.NaN]]);
    expect(content.get('best_stuff')).toEqual([null, null, 0.625]);
    const { state, param_groups } = Object.fromEntries(content.get('optimizer_state_dict') as Map<string, unknown>);
    const buffers = [...(state as Map<number, Map<string, TorchTensor>>)].map(
      ([index, kept]) => [index, kept.get('momentum_buffer')!] as const,
    );
    const expected = plain(checkpoint.momenta).map(([, ...rest], index) => [index, ...rest]);
    expect(await numbers(new Map(buffers))).toEqual(expected);
    const params = expected.map((_, index) => index);
    const group = { lr: 0.007, momentum: 0.99, dampening: 0, weight_decay: 3e-5, nesterov: true, params };
    expect(param_groups).toEqual([new Map(Object.entries(group))]);
    await close();
  });

  it('has the state of Adam by its own names', async () => {
    const checkpoint = trained({ trainer: 'nnUNetTrainerV2_Adam' });
    const { content, close } = await read((await exported(checkpoint)).outputFolder);
    const { state, param_groups } = Object.fromEntries(content.get('optimizer_state_dict') as Map<string, unknown>);
    const first = (state as Map<number, Map<string, TorchTensor>>).get(0)!;
    const [name] = checkpoint.weights.keys();
    const of = (key: string) => [...checkpoint.momenta.get(key)!.data];
    expect((await numbers(first)).map(([key, values]) => [key, values])).toEqual([
      ['step', of('step')],
      ['exp_avg', of(name!)],
      ['exp_avg_sq', of(`${name}/second`)],
      ['max_exp_avg_sq', of(`${name}/greatest`)],
    ]);
    expect(first.get('step')!.shape).toEqual([]);
    const { params: _, ...group } = Object.fromEntries((param_groups as Map<string, unknown>[])[0]!);
    const adam = { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 3e-5, amsgrad: true, decoupled_weight_decay: false };
    expect(group).toEqual({ lr: 0.007, ...adam });
    await close();
  });

  it('begins with the learning rate of its settings where no epoch is finished', async () => {
    const checkpoint = trained();
    checkpoint.state.log.learningRates = [];
    const { content, close } = await read((await exported(checkpoint)).outputFolder);
    const { param_groups } = Object.fromEntries(content.get('optimizer_state_dict') as Map<string, unknown>);
    expect((param_groups as Map<string, unknown>[])[0]!.get('lr')).toBe(0.01);
    await close();
  });

  it('has no state of an optimiser where it has no momenta', async () => {
    const { content, close } = await read((await exported({ ...trained(), momenta: new Map() })).outputFolder);
    expect(content.get('optimizer_state_dict')).toBeNull();
    await close();
  });

  it('has plans whose integer keys are integers', async () => {
    const { outputFolder } = await exported(trained());
    const plans = readPickle(readFileSync(join(outputFolder, 'plans.pkl'))) as Map<string, Map<unknown, unknown>>;
    for (const key of ['modalities', 'normalization_schemes', 'use_mask_for_norm', 'plans_per_stage'])
      expect([...plans.get(key)!.keys()], key).toEqual([0]);
    expect([...(plans.get('dataset_properties')!.get('modalities') as Map<unknown, unknown>).keys()]).toEqual([0]);
    expect(pickleToJson(plans)).toEqual(JSON.parse(JSON.stringify(tinyPlans([8, 8]))));
    // Names of cases stay texts, even those that are numbers.
    expect(withIntegerKeys({ intensityproperties: { 0: { mean: 1, local_props: { 17: { mean: 2 } } } } })).toEqual(
      new Map([
        ['intensityproperties', new Map([[0, nested({ mean: 1, local_props: nested({ 17: nested({ mean: 2 }) }) })]])],
      ]),
    );
  });

  it.each<[trainer: string, configuration: Configuration, end: unknown[]]>([
    ['nnUNetTrainerV2', '2d', [true, 0, true, false, false]],
    ['nnUNetTrainerV2_DP', '2d', [true, 0, true, false, 1, false, false]],
    ['nnUNetTrainerV2_ForceSD', '2d', [false, 0, true, false, false]],
    ['nnUNetTrainerV2', '3d_fullres', [false, 0, true, false, false]],
  ])('is created by v1 with the arguments of its class: %s, %s', async (trainer, configuration, end) => {
    const plans = tinyPlans(configuration === '2d' ? [8, 8] : [8, 8, 8]);
    const { settings, close } = await read((await exported(trained({ trainer, configuration, plans }))).outputFolder);
    const folder = `nnUNet/${configuration}/Task900_Tiny/${trainer}__nnUNetPlansv2.1`;
    const plansFile = `Task900_Tiny/nnUNetPlansv2.1_plans_${configuration === '2d' ? 2 : 3}D.pkl`;
    expect(settings.get('init')).toEqual([plansFile, 0, folder, 'Task900_Tiny', ...end]);
    expect(Object.isFrozen(settings.get('init'))).toBe(true);
    expect(settings.get('name')).toBe(trainer);
    await close();
  });

  it('takes the rank of its process first in a trainer of several processes, and the trainer before in a cascade', async () => {
    const ddp = await read((await exported(trained({ trainer: 'nnUNetTrainerV2_DDP' }))).outputFolder);
    expect((ddp.settings.get('init') as unknown[]).slice(1, 4)).toEqual([
      0,
      0,
      'nnUNet/2d/Task900_Tiny/nnUNetTrainerV2_DDP__nnUNetPlansv2.1',
    ]);
    expect((ddp.settings.get('init') as unknown[]).slice(5)).toEqual([true, 0, true, false, false, false]);
    const one = tinyPlans([8, 8, 8]);
    const plans = { ...one, num_stages: 2, plans_per_stage: { ...one.plans_per_stage, 1: one.plans_per_stage[0] } };
    const second = { trainer: 'nnUNetTrainerV2CascadeFullRes', configuration: '3d_cascade_fullres' as const, plans };
    const cascade = await read((await exported(trained(second))).outputFolder);
    expect((cascade.settings.get('init') as unknown[]).slice(4)).toEqual([
      true,
      1,
      true,
      false,
      'nnUNetTrainerV2',
      false,
    ]);
    await Promise.all([ddp.close(), cascade.close()]);
  });

  it('is found by name, with the folds and the postprocessing that it has', async () => {
    const { model, roots } = written(trained(), { fold: 'all' });
    writeFileSync(join(model, 'postprocessing.json'), '{}');
    const outputFolder = temporaryFolder();
    const options = { roots, task: '900', configuration: '2d', checkpoint: 'model_final_checkpoint', outputFolder };
    await exportPyTorch({ ...options, folds: ['all'], reporter });
    expect(readdirSync(outputFolder).sort()).toEqual(['all', 'plans.pkl', 'postprocessing.json']);
    const settings = readPickle(readFileSync(join(outputFolder, 'all/model_final_checkpoint.model.pkl')));
    expect((settings as Map<string, unknown[]>).get('init')![1]).toBe('all');
    expect(reporter.progressed.at(-1)).toMatchObject({ what: 'exporting', done: 1, total: 1, note: 'all' });
  });
});

it('has its plans last, without which nnU-Net v1 refuses the folder of an export that was broken off', async () => {
  const { model, roots } = written(trained());
  cpSync(join(model, 'fold_0'), join(model, 'fold_1'), { recursive: true });
  writeFileSync(join(model, 'postprocessing.json'), '{}');
  const outputFolder = join(temporaryFolder(), 'out');
  const stop = new AbortController();
  const stopping = { ...reporter, progress: () => stop.abort() };
  const options = { roots, modelFolder: model, checkpoint: 'model_final_checkpoint', outputFolder, reporter };
  await expect(exportPyTorch({ ...options, reporter: stopping, signal: stop.signal })).rejects.toThrow('aborted');
  expect(readdirSync(outputFolder)).toEqual(['fold_0']);
  const files = await exportPyTorch(options);
  expect(files.slice(-2)).toEqual(['postprocessing.json', 'plans.pkl'].map((name) => join(outputFolder, name)));
  expect(readdirSync(outputFolder).sort()).toEqual(['fold_0', 'fold_1', 'plans.pkl', 'postprocessing.json']);
});

describe('a model is not exported', () => {
  it.each<[what: string, change: (own: Checkpoint) => object, tag: ErrorTag, message: RegExp]>([
    ['of a trainer that v1 lacks', () => ({ trainer: 'MyTrainer' }), 'unknown-trainer', /trained by MyTrainer/],
    [
      'of another network than its plans and trainer say',
      () => ({ trainer: 'nnUNetTrainerV2_ResencUNet' }),
      'unsupported-network',
      /cannot build this network \(Generic_UNet\) from the plans for nnUNetTrainerV2_ResencUNet/,
    ],
  ])('%s', async (_, change, tag, message) => {
    const checkpoint = trained();
    const results = exported({ ...checkpoint, model: { ...checkpoint.model, ...change(checkpoint) } });
    await expect(results).rejects.toMatchObject({ tag, message: expect.stringMatching(message) });
  });

  it('of an architecture of your own', () => {
    const { model, ...rest } = trained();
    const network = { ...model.network, architecture: 'Mine', graph: {} as never };
    const place = { task: 'Task900_Tiny', plans: 'P', fold: 0 };
    expect(() => torchCheckpointV1({ ...rest, model: { ...model, network } }, place, 'x')).toThrow(
      /^x: nnU-Net v1 cannot build this network \(Mine\)/,
    );
  });

  it('that nnU-Net has already, into its own folder, or named twice or not at all', async () => {
    const { model, roots } = written(trained());
    const options = { roots, checkpoint: 'model_final_checkpoint', outputFolder: temporaryFolder(), reporter };
    await expect(exportPyTorch(options)).rejects.toThrow('either `task` or `modelFolder`');
    await expect(exportPyTorch({ ...options, task: '900', modelFolder: model })).rejects.toThrow('either `task`');
    await expect(exportPyTorch({ ...options, modelFolder: model, outputFolder: `${model}/` })).rejects.toThrow(
      'into its own folder',
    );
    const { outputFolder } = await exported(trained());
    const again = { ...options, modelFolder: outputFolder };
    await expect(exportPyTorch(again)).rejects.toThrow(/fold_0.*\.model is of nnU-Net v1 already/);
    writeFileSync(join(outputFolder, 'plans.json'), '{"configurations": {}}');
    writeFileSync(join(outputFolder, 'dataset.json'), '{}');
    await expect(exportPyTorch(again)).rejects.toThrow('is of nnU-Net v2 already');
    const place = join(roots.results!, 'Dataset901_Made/nnUNetTrainer__nnUNetPlans__my_config');
    mkdirSync(place, { recursive: true });
    for (const name of ['plans.json', 'dataset.json']) copyFileSync(join(outputFolder, name), join(place, name));
    await expect(exportPyTorch({ ...options, task: '901' })).rejects.toMatchObject({
      what: `${place} is of nnU-Net v2 already, with PyTorch's checkpoints`,
      remedy: expect.stringContaining('nnUNetv2_export_model_to_zip'),
    });
  });
});
