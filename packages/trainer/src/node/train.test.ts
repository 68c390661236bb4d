import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { add, multiply, subtract } from '@nnunet/autodiff/operators';
import { isNnUNetError } from '@nnunet/errors';
import type { Loss, NetworkDescription, Optimizer, OptimizerStep, ParameterShape } from '@nnunet/network';
import { readPlans } from '@nnunet/store';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeTrainingCheckpoint } from '../checkpoint.ts';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import { shippedTrainers } from '../trainer-registry.ts';
import { shippedListeners } from '../training-listener.ts';
import { findLearningRate } from './find-learning-rate.ts';
import { FoldFolder } from './fold-folder.ts';
import { forecastTraining } from './forecast-training.ts';
import { previewBatches } from './preview-batches.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { type TrainOptions, train } from './train.ts';

const plans = tinyPlans([8, 8]);
const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));

/** Plans of a patch that the network's pooling does not divide. */
const unfit = structuredClone(plans);
for (const stage of Object.values(unfit.plans_per_stage)) stage.patch_size = [9, 9];
const [unsplit, damaged, bare] = [join(root, 'unsplit'), join(root, 'damaged'), join(root, 'bare')] as const;

class SwinTrainer extends nnUNetTrainerV2 {
  override network(): NetworkDescription {
    return { ...super.network(), architecture: 'SwinUNETR' as 'Generic_UNet' };
  }
}

beforeAll(async () => {
  await writeTinyTask(join(root, 'preprocessed'), [0]);
  for (const folder of [unsplit, damaged, bare]) await writeTinyTask(folder, [0]);
  const stage = join(damaged, 'nnUNetData_plans_v2.1_stage0');
  for (let id = 0; id < 5; id++) await writeFile(join(stage, `case_${id}.npy`), 'damaged');
  await rm(join(bare, 'gt_segmentations'), { recursive: true });
});

function options(model: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...tinyFold(root, model),
    plans,
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    settings: { epochs: 3, iterationsPerEpoch: 4, initialLearningRate: 0.005 },
    workers: 0,
    ...more,
  };
}

async function checkpointOf(model: string, name = 'model_final_checkpoint') {
  const file = join(root, model, 'fold_0', `${name}.safetensors`);
  return decodeTrainingCheckpoint(await readFileBytes(file), file);
}

describe('train', () => {
  it('keeps the names of the labels in the model, if they are known', async () => {
    const settings = { epochs: 1, iterationsPerEpoch: 1 };
    const labelNames = { 0: 'background', 1: 'liver' };
    await train(options('named', { settings, labelNames }));
    expect((await checkpointOf('named')).model.labels).toEqual(labelNames);
    await train(options('nameless', { settings, labelNames: {} }));
    expect((await checkpointOf('nameless')).model).not.toHaveProperty('labels');
  });

  it('tells listeners what happens, in the order of the files', async () => {
    const heard: [string, Record<string, unknown>][] = [];
    const hear = (event: string) => (what: object) => void heard.push([event, what as Record<string, unknown>]);
    const events = ['started', 'epochEnded', 'checkpointSaved', 'finished', 'failed'];
    const witness = { name: 'witness', ...Object.fromEntries(events.map((event) => [event, hear(event)])) };
    const lines: string[] = [];
    const settings = { epochs: 2, iterationsPerEpoch: 1 };
    const angry = { name: 'angry', epochEnded: () => Promise.reject(new Error('no')) };
    const kept: Keeping[] = [];
    class Keeping {
      started() {
        kept.push(this);
      }
    }
    const told = {
      listeners: shippedListeners.with(witness, angry, Keeping),
      onLog: (text: string) => void lines.push(text),
    };
    const { listeners } = await train(options('told', { settings, ...told }));
    expect(listeners.names()).toEqual(['witness', 'angry', 'Keeping']);
    expect(listeners.get('Keeping')).toBe(kept[0]);
    const folder = join(root, 'told/fold_0');
    const where = { task: 'Task900_Tiny', configuration: '2d', fold: 0, trainer: 'nnUNetTrainerV2' };
    for (const [, what] of heard) expect(what).toMatchObject({ ...where, foldFolder: folder, classes: ['1', '2'] });
    const names = heard.map(([event, { kind = '' }]) => `${event} ${kind}`.trim());
    expect(names.filter((name) => name !== 'checkpointSaved best')).toEqual([
      ...['started', 'epochEnded', 'epochEnded', 'checkpointSaved final', 'finished'],
    ]);
    const [[, started], [, epoch]] = heard as [(typeof heard)[0], (typeof heard)[0]];
    expect(started).toMatchObject({ batchSize: 2, patchSize: [8, 8], epoch: 0, settings });
    expect(started.validationCases).toHaveLength(1);
    expect(epoch).toMatchObject({ epoch: 1, epochs: 2, picture: join(folder, 'progress.png'), learningRate: 0.01 });
    expect(epoch.classDice).toHaveLength(2);
    expect(heard.at(-1)![1]).toMatchObject({ result: 'finished', epoch: 2 });
    expect(lines.filter((line) => line.includes('listener'))).toEqual([
      'warning: the listener angry failed (epochEnded: no); the training goes on',
    ]);

    heard.length = 0;
    class Diverging extends nnUNetTrainerV2 {
      override learningRate(): number {
        return this.#calls++ < 3 ? 0.01 : Number.NaN;
      }
      #calls = 0;
    }
    const trainers = shippedTrainers.with(Diverging);
    const failing = train(options('told', { settings, ...told, trainer: 'Diverging', trainers }));
    await expect(failing).rejects.toMatchObject({ tag: 'bad-trainer' });
    expect(heard.at(-1)).toEqual(['failed', expect.objectContaining({ error: await failing.catch((e) => e) })]);
  });

  it('leaves the files of a trained fold', async () => {
    const lines: string[] = [];
    const { result, foldFolder } = await train(options('whole', { onLog: (text) => lines.push(text) }));
    expect(result).toBe('finished');
    const files = await readdir(foldFolder);
    expect(files).toEqual(expect.arrayContaining(['debug.json', 'model_final_checkpoint.safetensors', 'progress.png']));
    expect(files.some((name) => name.includes('latest') || name.includes('lock') || name.includes('tmp'))).toBe(false);
    expect(await readPlans(join(root, 'whole', 'plans.json'))).toEqual(plans);
    expect(existsSync(join(root, 'preprocessed', 'splits_final.json'))).toBe(true);
    const text = await readFile(join(foldFolder, files.find((name) => /^training_log_.*\.txt$/.test(name))!), 'utf8');
    expect(text.startsWith('Starting... \n')).toBe(true);
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000: train loss : -?\d\.\d{4}$/m);
    const records = await readFile(join(foldFolder, files.find((name) => name.endsWith('.jsonl'))!), 'utf8');
    expect(
      records
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).epoch),
    ).toEqual([1, 2, 3]);
    expect(lines.filter((line) => line.startsWith('lr: '))).toHaveLength(3);
    const { state } = await checkpointOf('whole');
    expect(state.log.trainLosses[2]).toBeLessThan(state.log.trainLosses[0]!);
  });

  it('writes a checkpoint when it is stopped, and ends like an unbroken training when continued', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const stopped = await train(
      options('broken', {
        // There is nothing to continue yet.
        continueTraining: true,
        onLog: (text) => void lines.push(text),
        signal: controller.signal,
        onProgress: ({ epoch, iteration, phase }) => {
          if (epoch === 2 && iteration === 2 && phase === 'training') controller.abort();
        },
      }),
    );
    expect(stopped.result).toBe('interrupted');
    expect(lines.filter((line) => / new training/.test(line))).toEqual([
      'there is no checkpoint to continue from: a new training starts',
    ]);
    expect((await checkpointOf('broken', 'model_latest')).state).toMatchObject({ epoch: 1, finished: false });
    const { result } = await train(options('broken', { continueTraining: true, settings: {} }));
    expect(result).toBe('finished');
    const [whole, broken] = [await checkpointOf('whole'), await checkpointOf('broken')];
    expect(broken.weights).toEqual(whole.weights);
    expect(broken.momenta).toEqual(whole.momenta);
    for (const key of ['trainLosses', 'validationLosses', 'validationMetrics', 'learningRates'] as const)
      expect(broken.state.log[key]).toEqual(whole.state.log[key]);
    expect(broken.state.criterion).toBe(whole.state.criterion);
  });

  it('does nothing for a finished training, unless more epochs are asked for', async () => {
    const epochs: number[] = [];
    const again = { continueTraining: true, onEpoch: ({ epoch }: { epoch: number }) => void epochs.push(epoch) };
    expect((await train(options('whole', { ...again, settings: {} }))).result).toBe('finished');
    expect(epochs).toEqual([]);
    await train(options('whole', { ...again, settings: { epochs: 4 } }));
    expect(epochs).toEqual([4]);
    expect((await checkpointOf('whole')).state.log.trainLosses).toHaveLength(4);
    // Stopped again: the latest checkpoint is newer than the final one.
    const controller = new AbortController();
    const stop = { signal: controller.signal, onEpoch: () => controller.abort() };
    await train(options('whole', { ...again, ...stop, settings: { epochs: 6 } }));
    await train(options('whole', { ...again, settings: {} }));
    expect(epochs).toEqual([4, 6]);
    expect((await checkpointOf('whole')).state.log.trainLosses).toHaveLength(6);
  });

  it('keeps the model of an earlier training when a new one starts', async () => {
    const controller = new AbortController();
    const stop = { signal: controller.signal, onProgress: () => controller.abort() };
    const { foldFolder } = await train(options('broken', stop));
    const files = (await readdir(foldFolder)).filter((name) => name.endsWith('.safetensors'));
    expect(files.sort()).toEqual(
      expect.arrayContaining(['model_final_checkpoint.replaced.safetensors', 'model_latest.safetensors']),
    );
    expect(files).not.toContain('model_final_checkpoint.safetensors');
  });

  it('trains with an optimiser of the user through phases and stops, also one that keeps nothing', async () => {
    class Averaging implements Optimizer {
      name = 'averaging';
      decay: number;
      constructor(decay: number) {
        this.decay = decay;
      }
      state = ({ shape }: ParameterShape) => ({ average: shape });
      step({ weight, gradient = weight, state, rate }: OptimizerStep) {
        const average = add(multiply(state.average!, 0.5), gradient);
        return { weight: subtract(multiply(weight, this.decay), multiply(rate, average)), state: { average } };
      }
    }
    class AveragingTrainer extends nnUNetTrainerV2 {
      override phase = (share: number) => (share < 0.5 ? 0 : 1);
      override optimizer = (share = 0): Optimizer => new Averaging(share < 0.5 ? 1 : 0.999);
    }
    class PlainTrainer extends nnUNetTrainerV2 {
      override optimizer = (): Optimizer => ({
        name: 'plain',
        state: () => ({}),
        step: ({ weight, gradient = weight, rate }) => ({
          weight: subtract(weight, multiply(rate, gradient)),
          state: {},
        }),
      });
    }
    const trainers = shippedTrainers.with(AveragingTrainer, PlainTrainer);
    for (const trainer of ['AveragingTrainer', 'PlainTrainer']) {
      const own = { trainer, trainers, settings: { epochs: 2, iterationsPerEpoch: 2, initialLearningRate: 1e-3 } };
      await train(options(`${trainer} whole`, own));
      const controller = new AbortController();
      await train(
        options(`${trainer} broken`, { ...own, signal: controller.signal, onEpoch: () => controller.abort() }),
      );
      await train(options(`${trainer} broken`, { ...own, continueTraining: true }));
      const [whole, broken] = [await checkpointOf(`${trainer} whole`), await checkpointOf(`${trainer} broken`)];
      expect(broken.weights).toEqual(whole.weights);
      expect(broken.momenta).toEqual(whole.momenta);
      expect(whole.momenta.size).toBe(trainer === 'PlainTrainer' ? 0 : whole.weights.size);
    }
    const other = { trainer: 'PlainTrainer', trainers, continueTraining: true, settings: { epochs: 3 } };
    await expect(train(options('AveragingTrainer whole', other))).rejects.toMatchObject({
      tag: 'bad-weights',
      what: expect.stringMatching(/^the stored state is not that of the optimiser plain: it has .*\/average$/),
    });
  });

  it.each<[string, Partial<nnUNetTrainerV2>, RegExp]>([
    ['no optimiser', { optimizer: () => undefined as never }, /^optimizer: an optimiser with a name/],
    [
      'an optimiser without a step',
      { optimizer: () => ({ name: 'mine', state: () => ({}) }) as never },
      /^optimizer: an optimiser with a name, state and step expected, found one without step$/,
    ],
    [
      'an optimiser without a state',
      { optimizer: () => ({ name: 'mine', step: () => undefined }) as never },
      /^optimizer: an optimiser with a name, state and step expected, found one without state$/,
    ],
  ])('refuses a trainer with %s, and writes nothing', async (_, methods, what) => {
    class Unfit extends nnUNetTrainerV2 {}
    Object.assign(Unfit.prototype, methods);
    const unfit = options('unfit', { trainer: 'Unfit', trainers: shippedTrainers.with(Unfit) });
    await expect(train(unfit)).rejects.toMatchObject({ tag: 'bad-trainer', what: expect.stringMatching(what) });
    expect(existsSync(join(root, 'unfit'))).toBe(false);
  });

  it.each<[string, (asked: TrainOptions) => Promise<unknown>]>([
    ['forecast', forecastTraining],
    ['search of a rate', findLearningRate as (asked: TrainOptions) => Promise<unknown>],
    ['preview', (asked) => previewBatches({ ...asked, onProgress: undefined, count: 1 })],
  ])('refuses a misspelt setting of the trainer before a %s', async (_, begin) => {
    class Misspelt extends nnUNetTrainerV2 {
      override settings() {
        return { ...super.settings(), epoch: 3 };
      }
    }
    const misspelt = options('unfit', { trainer: 'Misspelt', trainers: shippedTrainers.with(Misspelt) });
    const what = 'settings: there is no setting called epoch';
    await expect(begin(misspelt)).rejects.toMatchObject({ tag: 'bad-trainer', what });
    expect(existsSync(join(root, 'unfit'))).toBe(false);
  });

  it('forecasts nothing for a trainer that would be refused', async () => {
    class Unfit extends nnUNetTrainerV2 {
      override mirrorAxes() {
        return [7];
      }
    }
    const unfit = options('unfit', { trainer: 'Unfit', trainers: shippedTrainers.with(Unfit) });
    const refusal = { tag: 'bad-trainer', what: expect.stringMatching(/^describeModel: key "mirrorAxes"/) };
    await expect(forecastTraining(unfit)).rejects.toMatchObject(refusal);
    await expect(train(unfit)).rejects.toMatchObject(refusal);
  });

  it.each([
    ['a case that the task does not have', { case_9: 1 }, /no case called case_9$/],
    ['nothing to draw', { case_0: 0, case_1: 0, case_2: 0, case_3: 0, case_4: 0 }, /all 4 training cases have/],
  ])('refuses weights of %s, and writes nothing', async (_, caseWeights, what) => {
    class Weighted extends nnUNetTrainerV2 {
      override recipe(batchSize: number) {
        return { ...super.recipe(batchSize), sampling: { caseWeights } };
      }
    }
    const weighted = options('unfit', { trainer: 'Weighted', trainers: shippedTrainers.with(Weighted) });
    await expect(train(weighted)).rejects.toMatchObject({ tag: 'bad-recipe', what: expect.stringMatching(what) });
    expect(existsSync(join(root, 'unfit'))).toBe(false);
  });

  it('draws how the loss depends on the learning rate', async () => {
    const { points, file } = await findLearningRate({ ...options('rates'), onProgress: undefined, iterations: 30 });
    expect(points.length).toBeGreaterThan(5);
    const png = await readFileBytes(file);
    expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect((await readdir(join(root, 'rates', 'fold_0'))).sort()).toEqual(['lr_finder.png']);
    // Of a thousand steps if not told otherwise; stopped, it leaves nothing.
    const stop = new AbortController();
    const onProgress = ({ total }: { total: number }) => stop.abort(total);
    const { onProgress: _, ...asked } = options('rates-stopped');
    await expect(findLearningRate({ ...asked, signal: stop.signal, onProgress })).rejects.toBe(1000);
    expect(existsSync(join(root, 'rates-stopped'))).toBe(false);
  });

  it('goes on through a change of the loss, resumed or not', async () => {
    const gradual = (model: string) => ({
      ...options(model),
      trainer: 'nnUNetTrainerV2_graduallyTransitionFromCEToDice',
      settings: { epochs: 5, iterationsPerEpoch: 1 },
    });
    const whole = await train(gradual('gradual'));
    expect(whole.state.log.trainLosses.map(Math.sign)).toEqual([1, 1, 1, 1, -1]);
    const stop = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 3) stop.abort();
    };
    await train({ ...gradual('resumed'), signal: stop.signal, onEpoch });
    const { state } = await train({ ...gradual('resumed'), continueTraining: true });
    expect(state.log.trainLosses).toEqual(whole.state.log.trainLosses);
  });

  it('goes on exactly with Adam, whose moments are in the checkpoint too', async () => {
    const settings = { epochs: 2, iterationsPerEpoch: 2 };
    const adam = (model: string) => ({ ...options(model), trainer: 'nnUNetTrainerV2_Adam_nnUNetTrainerlr', settings });
    await train(adam('adam'));
    const stop = new AbortController();
    const onEpoch = () => stop.abort();
    await train({ ...adam('adam2'), signal: stop.signal, onEpoch });
    await train({ ...adam('adam2'), continueTraining: true });
    const [whole, resumed] = [await checkpointOf('adam'), await checkpointOf('adam2')];
    expect(resumed.weights).toEqual(whole.weights);
    expect(resumed.momenta).toEqual(whole.momenta);
    expect(whole.momenta.get('step')!.data).toEqual(Float32Array.of(4));
  });

  it('draws the first batches, and trains nothing', async () => {
    const threads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
    const before = threads();
    const told: number[] = [];
    const onProgress = (done: number) => void told.push(done);
    const files = await previewBatches({ ...options('preview'), onProgress, count: 2, workers: 1 });
    expect(told).toEqual([1, 2]);
    // A thread that went on would keep the command from ending.
    expect(threads()).toBe(before);
    expect((await readdir(join(root, 'preview', 'fold_0'))).sort()).toEqual([
      'preview_batch_0.png',
      'preview_batch_1.png',
    ]);
    expect([...(await readFileBytes(files[1]!)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    const stop = new AbortController();
    const stopped = { ...options('preview-stopped'), signal: stop.signal, onProgress: () => stop.abort(), count: 3 };
    await expect(previewBatches(stopped)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readdir(join(root, 'preview-stopped', 'fold_0'))).toEqual(['preview_batch_0.png']);
  });

  it('refuses a fold that is being trained', async () => {
    const folder = new FoldFolder(join(root, 'busy'), 0);
    await mkdir(folder.path, { recursive: true });
    const lock = await folder.lock();
    expect(isNnUNetError(await train(options('busy')).catch((e: unknown) => e), 'locked')).toBe(true);
    await lock.release();
  });

  const stopped = new AbortController();
  stopped.abort();
  it.each<[string, () => Partial<TrainOptions>, string]>([
    ['a patch that the network does not fit', () => ({ plans: unfit }), 'usage'],
    ['a step that does not fit the memory', () => ({ maxMemory: 1000 }), 'memory-limit'],
    ['more sessions than samples', () => ({ compute: { sessions: 3 } }), 'usage'],
    ['weights of another network', () => ({ pretrainedWeights: new Map() }), 'bad-weights'],
    ['a damaged case', () => ({ preprocessedFolder: damaged }), 'bad-npy'],
    ['to validate without references', () => ({ preprocessedFolder: bare, evaluate: true }), 'missing-references'],
    [
      'a network of an unknown architecture',
      () => ({ trainer: 'SwinTrainer', trainers: shippedTrainers.with(SwinTrainer) }),
      'unknown-architecture',
    ],
    ['a signal that came before the first step', () => ({ signal: stopped.signal }), 'AbortError'],
  ])('leaves nothing behind when it refuses %s', async (_, more, tag) => {
    const asked = { ...options('refused/TRAINER'), preprocessedFolder: unsplit, ...more() };
    const files = await readdir(asked.preprocessedFolder);
    const error = await train(asked).catch((e: { tag?: string; name: string }) => e.tag ?? e.name);
    expect(error).toBe(tag);
    expect(existsSync(join(root, 'refused'))).toBe(false);
    expect(await readdir(asked.preprocessedFolder)).toEqual(files);
    // Nor does it touch an earlier model.
    const earlier = join(root, `whole-${tag}`);
    await cp(join(root, 'whole'), earlier, { recursive: true });
    const before = await readdir(join(earlier, 'fold_0'));
    await train({ ...asked, modelFolder: earlier }).catch(() => undefined);
    expect(await readdir(join(earlier, 'fold_0'))).toEqual(before);
  });

  it('leaves no folder behind when it refuses to look for a rate or to draw batches', async () => {
    const { onProgress: _, ...asked } = options('refused', { plans: unfit });
    await expect(findLearningRate(asked)).rejects.toMatchObject({ tag: 'usage' });
    await expect(previewBatches({ ...asked, preprocessedFolder: damaged, count: 1 })).rejects.toMatchObject({
      tag: 'bad-npy',
    });
    expect(existsSync(join(root, 'refused'))).toBe(false);
  });

  it('names all references that are missing, and one of another size, before the first step', async () => {
    const asked = { ...options('refused'), evaluate: true, fold: 'all' as const };
    const twoGone = join(root, 'two-gone');
    await cp(join(root, 'preprocessed'), twoGone, { recursive: true });
    for (const id of [1, 3]) await rm(join(twoGone, 'gt_segmentations', `case_${id}.nii.gz`));
    await expect(train({ ...asked, preprocessedFolder: twoGone })).rejects.toMatchObject({
      what: 'the reference segmentations of 2 of 5 validation cases are missing: case_1, case_3',
      where: join(twoGone, 'gt_segmentations'),
    });
    const geometry = {
      shape: [6, 12, 9],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    } as const;
    for (const id of [1, 3])
      await writeLabels(join(twoGone, 'gt_segmentations', `case_${id}.nii.gz`), new Uint8Array(648), geometry);
    await expect(train({ ...asked, preprocessedFolder: twoGone })).rejects.toMatchObject({
      tag: 'bad-references',
      what: 'has 6 x 12 x 9 voxels, but the image of this validation case has 6 x 12 x 10',
    });
  });

  it('keeps the weights of the last step when the engine of the next phase cannot be built', async () => {
    let broken = true;
    let epochs = 0;
    class Halfway extends nnUNetTrainerV2 {
      override phase(share: number): number {
        return share < 0.5 ? 0 : 1;
      }
      override loss(share = 0): Loss {
        if (broken && epochs > 0) throw new Error('no loss for this phase');
        return super.loss(share);
      }
    }
    const halfway = (model: string, more: Partial<TrainOptions> = {}) => ({
      ...options(model, more),
      trainer: 'Halfway',
      trainers: shippedTrainers.with(Halfway),
      settings: { epochs: 2, iterationsPerEpoch: 2 },
      onEpoch: () => void epochs++,
    });
    await expect(train(halfway('halfway'))).rejects.toThrow('no loss for this phase');
    broken = false;
    const whole = await train(halfway('in-one'));
    const resumed = await train(halfway('halfway', { continueTraining: true }));
    expect(resumed.state.log.trainLosses).toEqual(whole.state.log.trainLosses);
    expect((await checkpointOf('halfway')).weights).toEqual((await checkpointOf('in-one')).weights);
  });

  it('writes no checkpoint that could not be read', async () => {
    const folder = new FoldFolder(join(root, 'unreadable'), 0);
    await mkdir(folder.path, { recursive: true });
    const checkpoint = await checkpointOf('whole');
    const unreadable = { ...checkpoint, model: { ...checkpoint.model, stage: 7 } };
    await expect(folder.save('latest', unreadable)).rejects.toMatchObject({ tag: 'bad-checkpoint' });
    expect(await readdir(folder.path)).toEqual([]);
    await folder.save('latest', checkpoint);
    expect(await readdir(folder.path)).toEqual(['model_latest.safetensors']);
  });

  it('says what is missing', async () => {
    const errors = await Promise.all(
      [
        options('missing2', { trainer: 'nnUNetTrainerV9' }),
        options('missing3', { fold: 7 }),
        options('missing4', { configuration: '3d_lowres' }),
      ].map((o) => train(o).catch((e: { tag: string }) => e.tag)),
    );
    expect(errors).toEqual(['unknown-trainer', 'usage', 'no-cascade']);
  });
});
