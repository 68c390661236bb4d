import { arraySource, sampleBatch } from '@nnunet/augment';
import { recipeV2 } from '@nnunet/augment/v2';
import { buildTrainingStep } from '@nnunet/network';
import { describe, expect, it } from 'vitest';
import { absentTrainersV2 } from './absent-trainers-v2.ts';
import { recipeDA5V2 } from './recipes-v2.ts';
import { tinyContextV2 } from './tiny-plans-v2.fixture.ts';
import { shippedTrainersV2, type TrainerNameV2 } from './trainer-registry-v2.ts';
import { TrainerV2 } from './trainer-v2.ts';
import { trainersOf281 } from './trainers-2-8-1.fixture.ts';

const labels = { background: 0, liver: 1, tumour: 2 };
const regions = { background: 0, whole: [1, 2], core: 2, ignore: 3 };
const order = { dataset: { regions_class_order: [1, 2] } };
const of = (name: TrainerNameV2, ...context: Parameters<typeof tinyContextV2>) =>
  new (shippedTrainersV2.get(name))(tinyContextV2(...context));
const rate = (trainer: TrainerV2, share: number) => trainer.learningRate(0.01, share);

describe('nnUNetTrainer', () => {
  it('trains what plans and dataset.json say', () => {
    const trainer = new TrainerV2(tinyContextV2(labels));
    expect(trainer).toMatchObject({ plannedBatchSize: 2, patchSize: [8, 8, 8], classes: 2, dataIdentifier: 'nnUNetPlans_3d_fullres' }); // biome-ignore format: a row
    expect(trainer.network()).toMatchObject({ classes: 3, deepSupervision: true, pools: [[2, 2, 2], [2, 2, 2]] }); // biome-ignore format: a row
    expect(trainer.recipe(2)).toMatchObject({
      batchSize: 2,
      labels: [1, 2],
      spacing: [1, 1, 1],
      regions: null,
      deepSupervisionScales: [[1, 1, 1], [0.5, 0.5, 0.5]], // biome-ignore format: a row
    });
    expect(trainer.settings()).toMatchObject({ epochs: 1000, iterationsPerEpoch: 250, validationIterationsPerEpoch: 50, initialLearningRate: 0.01 }); // biome-ignore format: a row
    expect(trainer.optimizer()).toMatchObject({ name: 'sgd', momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 });
    expect([trainer.mirrorAxes(), trainer.checkpointEvery()]).toEqual([[0, 1, 2], 50]);
    expect(trainer.rules()).toMatchObject({ classes: 2, rescue: null, savesFirstBest: true });
    expect([rate(trainer, 0), rate(trainer, 0.5)]).toEqual([0.01, 0.01 * 0.5 ** 0.9]);
  });

  it('has an output for each region, and a target for what is ignored', () => {
    const trainer = new TrainerV2(tinyContextV2(regions, order));
    expect([trainer.classes, trainer.network().classes, trainer.loss().targetChannels(2)]).toEqual([2, 2, 3]);
    expect(trainer.recipe(2)).toMatchObject({ regions: [[1, 2], [2], [3]], annotated: '-1,0,1,2', labels: [1, 2, 3] });
    const ignoring = new TrainerV2(tinyContextV2({ ...labels, ignore: 3 }));
    expect([ignoring.classes, ignoring.loss().targetChannels(3), ignoring.loss().annotated]).toEqual([2, 1, expect.any(Function)]); // biome-ignore format: a row
    expect(new TrainerV2(tinyContextV2(labels)).loss().annotated).toBeUndefined();
  });

  it('keeps the order of regions, even of those that have numbers as names', () => {
    const context = tinyContextV2({});
    const labelled = (text: string) =>
      JSON.stringify({ ...(context.dataset as object), labels: 0, regions_class_order: [1, 2] }).replace('"labels":0', `"labels":${text}`); // biome-ignore format: a row
    const text = labelled('{"20": [1, 2], "background": 0, "3": 2}');
    const trainer = new TrainerV2({ ...context, dataset: text });
    // Of an object, JavaScript would name 3 first.
    expect(trainer.recipe(2).regions).toEqual([[1, 2], [2]]);
    expect(trainer.dataset).toEqual(JSON.parse(text));
    expect(() => new TrainerV2({ ...context, dataset: JSON.parse(text) })).toThrow(
      /dataset\.json: the order of the regions is not known, as some have numbers as names: 3, 20\n.*text of the file/,
    );
    expect(() => new TrainerV2({ ...context, dataset: '{' })).toThrow(expect.objectContaining({ tag: 'bad-json' }));
    // Labels have an order of their own.
    expect(new TrainerV2(tinyContextV2({ background: 0, 7: 1, 3: 2 })).classes).toBe(2);
    expect(new TrainerV2(tinyContextV2({ background: 0, 7: [1, 2] }, { dataset: { regions_class_order: [1] } })).classes).toBe(1); // biome-ignore format: a row
  });

  it('shows the second stage of a cascade each label of the first', () => {
    const cascade = new TrainerV2({ ...tinyContextV2(labels), configuration: '3d_cascade_fullres' });
    const { foreground } = cascade.labels;
    expect(cascade.needsPreviousStage).toBe(true);
    expect(cascade.network().inputChannels).toBe(1 + foreground.length);
    expect(cascade.recipe(2).cascade).toMatchObject({ classes: foreground, balls: { probability: 0.4 } });
    expect(new TrainerV2(tinyContextV2(labels)).recipe(2).cascade).toBeNull();
  });

  it('refuses plans that say too little', () => {
    const wrong = (configuration: object) => () => new TrainerV2(tinyContextV2(labels, { configuration }));
    expect(wrong({ batch_size: 1.5 })).toThrow(/configuration 3d_fullres: "batch_size": a number of samples expected, found 1.5/); // biome-ignore format: a row
    expect(wrong({ batch_dice: 'no' })).toThrow(/"batch_dice": true or false expected/);
    expect(wrong({ data_identifier: '' })).toThrow(expect.objectContaining({ tag: 'bad-plans' }));
  });
});

describe('the variants of nnUNetTrainer', () => {
  it('keep the names of v2, in checkpoints too', () => {
    for (const name of shippedTrainersV2.names()) expect(of(name, labels).trainerName).toBe(name);
  });

  it('train for other numbers of epochs, and in other batches', () => {
    const epochs = shippedTrainersV2.names().flatMap((name) => {
      const [, count] = /_(\d+)ep(?:ochs?)?/.exec(name) ?? [];
      return count === undefined ? [] : [[of(name, labels).settings().epochs, Number(count)]];
    });
    expect(epochs).toHaveLength(19);
    for (const [own, named] of epochs) expect(own).toBe(named);
    expect(of('nnUNet_Trainer_BS8', labels).settings().batchSize).toBe(8);
  });

  it('mirror along fewer axes, in training and prediction', () => {
    const axes = (name: TrainerNameV2, configuration = {}) => {
      const trainer = of(name, labels, { configuration });
      return [trainer.mirrorAxes(), trainer.recipe(2).mirror];
    };
    for (const name of [
      'nnUNetTrainerNoMirroring',
      'nnUNetTrainer_250epochs_NoMirroring',
      'nnUNetTrainerNoDA',
    ] as const)
      expect(axes(name)).toEqual([[], null]);
    expect(axes('nnUNetTrainer_onlyMirror01')).toEqual([[0, 1], { axes: [0, 1] }]);
    expect(axes('nnUNetTrainer_onlyMirror01_1500ep')).toEqual([[0, 1], { axes: [0, 1] }]);
    expect(axes('nnUNetTrainerBN')).toEqual([[0, 1, 2], { axes: [0, 1, 2] }]);
  });

  it('take patches as they are, or rotate thick slices in space', () => {
    expect(of('nnUNetTrainerNoDA', labels).recipe(2)).toMatchObject({ spatial: null, noise: null, shortBlur: null, loaderPatchSize: [8, 8, 8] }); // biome-ignore format: a row
    const thick = { configuration: { patch_size: [8, 32, 32] } };
    expect(of('nnUNetTrainer_5epochs', labels, thick).recipe(2).dummy2D).toBe(true);
    const recipe = of('nnUNetTrainer_noDummy2DDA', labels, thick).recipe(2);
    expect([recipe.dummy2D, recipe.spatial!.rotation.length, recipe.loaderPatchSize[0]! > 8]).toEqual([false, 3, true]);
  });

  it('have one output, batch norms or another loss', () => {
    const single = of('nnUNetTrainerNoDeepSupervision', labels);
    expect([single.network().deepSupervision, single.recipe(2).deepSupervisionScales]).toEqual([false, [[1, 1, 1]]]);
    expect(of('nnUNetTrainerBN', labels).network()).toMatchObject({ norm: 'batch', deepSupervision: true });
    const regionsToo = of('nnUNetTrainerDiceCELoss_noSmooth', regions, order);
    expect(regionsToo.loss().targetChannels(2)).toBe(3);
  });

  it('anneal the learning rate by a cosine, or raise it first', () => {
    const cosine = of('nnUNetTrainerCosAnneal', labels);
    expect([0, 0.5, 1].map((share) => rate(cosine, share))).toEqual([0.01, 0.005, 0]);
    const warm = of('nnUNetTrainer_warmup', labels);
    // Epochs 0, 24, 49, 50 and 525 of 1000.
    const expected = [0.01 / 50, (25 * 0.01) / 50, 0.01, 0.01, 0.01 * 0.5 ** 0.9];
    for (const [i, epoch] of [0, 24, 49, 50, 525].entries()) expect(rate(warm, epoch / 1000)).toBeCloseTo(expected[i]!, 12); // biome-ignore format: a row
  });

  it('are all those of nnU-Net 2.8.1, or refused with a reason', () => {
    const [built, absent] = [shippedTrainersV2.names(), Object.keys(absentTrainersV2)];
    expect([...built, ...absent].sort()).toEqual([...trainersOf281].sort());
    expect(() => of('nnUNetTrainerAdan', labels)).toThrow(/there is no trainer of nnU-Net v2 called nnUNetTrainerAdan: Adan is the optimiser of a package/); // biome-ignore format: a row
    expect(() => of('nnUNet_PrimusV2B_Trainer', labels)).toThrow(/its network is a transformer/);
  });

  it.each(shippedTrainersV2.names())('%s can be trained', async (name) => {
    const trainer = of(name, labels);
    const options = { description: trainer.network(), patchSize: [8, 8, 8], batchSize: 2, loss: trainer.loss() };
    expect(buildTrainingStep({ ...options, optimizer: trainer.optimizer() }).outputs.loss?.shape).toEqual([]);
    const size = 10 ** 3;
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    const source = arraySource([{ id: 'a', shape: [10, 10, 10], data, seg: data.map((v) => (v > 0.5 ? 1 : v < -0.9 ? -1 : 0)) }]); // biome-ignore format: a row
    const recipe = trainer.recipe(2);
    for (let iteration = 0; iteration < 8; iteration++) {
      const batch = await sampleBatch(source, recipe, { seed: 1, epoch: 0, iteration });
      expect(batch.data.every(Number.isFinite)).toBe(true);
    }
  });

  it('augment as DA5, or take labels of the nearest voxel', () => {
    const da5 = of('nnUNetTrainerDA5', labels, { configuration: { patch_size: [40, 56, 40] } }).recipe(2);
    // v1 leaves faint Gaussians faint.
    expect(da5).toMatchObject({ brightnessGradient: { leastSpan: 0 }, localGamma: { leastSpan: 0 } });
    expect(da5).toMatchObject({
      loaderPatchSize: [89, 97, 78],
      choices: 'sample',
      spatial: { interpolation: 'linear', rotationProbability: 0.4, scale: [0.7, 1.43], scalePerAxisProbability: 1, scaleDraw: 'evenly' }, // biome-ignore format: a row
      quarterTurns: { probability: 0.5, axes: [0, 2] },
      gammaInverted: { probability: 0.1 },
      gamma: { probability: 0.1, inverted: true },
      rectangles: { count: [1, 4], size: [[4, 12], [5, 17], [4, 12]], start: 'anywhere' }, // biome-ignore format: a row
      sharpening: { range: 'free' },
      blur: null,
      brightness: null,
      mirror: { axes: [0, 1, 2] },
    });
    const interpolation = (name: TrainerNameV2) => of(name, labels).recipe(2).spatial!.interpolation;
    expect(['DA5ord0', 'DA5Segord0', '_DASegOrd0'].map((name) => interpolation(`nnUNetTrainer${name}`))).toEqual(['nearest', 'nearestLabels', 'nearestLabels']); // biome-ignore format: a row
    expect(of('nnUNetTrainer_onlyMirror01_DA5', labels).recipe(2)).toMatchObject({ mirror: { axes: [0, 1] }, choices: 'sample' }); // biome-ignore format: a row
    const slices = { all: [0, 1], foreground: [1], ignore: null, regions: null };
    const long = recipeDA5V2(recipeV2({ patchSize: [96, 48], batchSize: 2, labels: slices }));
    expect(long.spatial!.rotation[0]![1]).toBeCloseTo(Math.PI / 12, 12);
  });

  it('have the losses of their names, and refuse what v2 cannot train by them', () => {
    const ignoring = { ...labels, ignore: 3 };
    const context = { dataset: { regions_class_order: [1, 2] } };
    const noIgnore = { background: 0, whole: [1, 2], core: 2 };
    for (const name of ['CELoss', 'CELoss_5epochs', 'Topk10Loss', 'Topk10LossLS01', 'DiceTopK10Loss']) {
      expect(() => of(`nnUNetTrainer${name}`, noIgnore, context)).toThrow(/cannot train a dataset with regions/);
      expect(of(`nnUNetTrainer${name}`, ignoring).loss().annotated).toBeDefined();
    }
    expect(() => of('nnUNetTrainerDiceLoss', ignoring)).toThrow(/nnUNetTrainerDiceLoss cannot train a dataset with an ignore label, in nnU-Net v2 neither/); // biome-ignore format: a row
    expect(of('nnUNetTrainerDiceLoss', noIgnore, context).loss().targetChannels(2)).toBe(2);
    expect(of('nnUNetTrainerDiceLoss', labels).loss().targetChannels(3)).toBe(1);
  });

  it('move the weights by Adam, at their rates', () => {
    const found = ['Adam', 'Adam3en4', 'VanillaAdam', 'VanillaAdam1en3'].map((name) => {
      const trainer = of(`nnUNetTrainer${name}`, labels);
      return [trainer.optimizer().name, (trainer.optimizer() as { decoupled?: boolean }).decoupled, trainer.settings().initialLearningRate]; // biome-ignore format: a row
    });
    expect(found).toEqual([
      ['adam', true, 0.01],
      ['adam', true, 3e-4],
      ['plain adam', false, 0.01],
      ['plain adam', false, 1e-3],
    ]);
  });

  it('draw samples for foreground by chance, as often as by rule if they say nothing else', () => {
    const shares = ['', '_033', '_010'].map((end) => {
      const { oversampling, oversampleForeground } = of(`nnUNetTrainer_probabilisticOversampling${end}`, labels).recipe(7); // biome-ignore format: a row
      return [oversampling, oversampleForeground];
    });
    // Of seven samples the last two by rule.
    expect(shares).toEqual([['chance', 2 / 7], ['chance', 0.33], ['chance', 0.1]]); // biome-ignore format: a row
  });
});
