import type { AugmentationRecipe } from '@nnunet/augment';
import { constant, sum } from '@nnunet/autodiff/operators';
import type { Loss, NetworkDescription, Optimizer, OptimizerStep } from '@nnunet/network';
import { crossEntropy, sumOfLosses } from '@nnunet/network/losses';
import { adam, sgd } from '@nnunet/network/optimizers';
import type { Plans } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { callTrainer, checkBatch, checkTrainer } from './check-trainer.ts';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import type { TrainerClass } from './trainer.ts';
import { shippedTrainers } from './trainer-registry.ts';
import { resolveSettings } from './training-settings.ts';

/** Labels 1 and 2 to 4, as some trainers of regions expect. */
const plans = tinyPlans([8, 8, 8]);
const settings = resolveSettings({ epochs: 8 });

function check(trainerClass: TrainerClass, given = plans): void {
  const trainer = new trainerClass({ plans: given, configuration: '3d_fullres', stage: 0, batchDice: true });
  checkTrainer(trainer, settings, trainer.recipe(2));
}

/** nnU-Net's default trainer, with some methods that return something else. */
function changed(methods: Record<string, (...args: never[]) => unknown>): TrainerClass {
  class Changed extends nnUNetTrainerV2 {}
  Object.assign(Changed.prototype, methods);
  return Changed;
}

const network = (more: object) => ({
  network(this: nnUNetTrainerV2): NetworkDescription {
    return { ...nnUNetTrainerV2.prototype.network.call(this), ...more } as NetworkDescription;
  },
});
const optimizer = (more: (share: number) => Partial<Optimizer>) => ({
  phase: (share: number) => (share < 0.5 ? 0 : 1),
  optimizer: (share = 0) => ({ ...sgd, momentum: 0.9, weightDecay: 0, ...more(share) }),
});
const recipe = (more: Partial<AugmentationRecipe>) => ({
  recipe(this: nnUNetTrainerV2, batchSize: number): AugmentationRecipe {
    return { ...nnUNetTrainerV2.prototype.recipe.call(this, batchSize), ...more };
  },
});

it.each<[string, Record<string, (...args: never[]) => unknown>, RegExp]>([
  [
    'an architecture',
    network({ architecture: 'SwinUNETR' }),
    /^describeModel: key "network.architecture": Generic_UNet, .* found "SwinUNETR"$/,
  ],
  ['a norm', network({ norm: 'layer' }), /^describeModel: key "network.norm": .* found "layer"$/],
  ['a nonlinearity of the network', network({ nonlinearity: 'relu6' }), /^describeModel: key "network.nonlinearity"/],
  [
    'features that JSON turns into an object',
    network({ features: Int32Array.of(4, 8) }),
    /^describeModel: .* found network.features: Int32Array$/,
  ],
  ['a slope of NaN', network({ negativeSlope: Number.NaN }), /found network.negativeSlope: NaN$/],
  ['other input channels', network({ inputChannels: 7 }), /^network: 1 inputChannels expected, found 7$/],
  ['other classes', network({ classes: 9 }), /^network: 3 classes expected, found 9$/],
  ['an axis to mirror that is not there', { mirrorAxes: () => [3] }, /^describeModel: key "mirrorAxes"/],
  ['a nonlinearity', { nonlinearity: () => 'tanh' }, /^describeModel: key "nonlinearity"/],
  ['an order of regions that are not there', { regionClassOrder: () => [1, 2] }, /^regionClassOrder: /],
  [
    'regions of nothing',
    { regions: () => [[1, 2], []], regionClassOrder: () => [1, 2] },
    /^regions: lists of labels expected, found \[\[1,2\],\[\]\]$/,
  ],
  [
    'too few weights',
    { lossWeights: () => [] },
    /^lossWeights: \d weights, at least one above 0 expected, found \[\]$/,
  ],
  ['another patch', recipe({ patchSize: [8, 8, 4] }), /^recipe: the patch size 8,8,8 expected/],
  ['too few targets', recipe({ deepSupervisionScales: [] }), /^recipe: deepSupervisionScales/],
  [
    'a loss of other targets',
    { loss: () => ({ targetChannels: () => 2, sums: () => ({}), value: () => 0 }) as unknown as Loss },
    /^loss: targets of 1 channels expected, found 2$/,
  ],
  [
    'no loss later on',
    {
      phase: (share: number) => share,
      loss: (share = 0) =>
        share < 0.7
          ? nnUNetTrainerV2.prototype.loss.call(
              new nnUNetTrainerV2({ plans, configuration: '3d_fullres', stage: 0, batchDice: true }),
            )
          : null,
    },
    /^loss: a loss with targetChannels, sums and value expected, found null$/,
  ],
  [
    'no momentum later on',
    optimizer((share) => (share < 0.5 ? {} : { momentum: Number.NaN })),
    /^optimizer: a momentum from 0 to below 1 expected, found NaN$/,
  ],
  [
    'another optimiser later on',
    optimizer((share) => (share < 0.5 ? {} : adam)),
    /^optimizer: the same optimiser in all phases \(sgd\) expected, found adam$/,
  ],
  ['no optimiser', { optimizer: () => undefined }, /^optimizer: an optimiser with a name, state and step expected/],
  ['the name of an optimiser', { optimizer: () => 'sgd' }, /an optimiser with a name, state and step .* found sgd$/],
  ['an optimiser without a name', optimizer(() => ({ name: undefined as never })), /found one without name$/],
  ['half an optimiser', { optimizer: () => ({ name: 'mine', state: 5 }) }, /found one without state, step$/],
  ['a class in place of an optimiser', { optimizer: () => class {} }, /^optimizer: an optimiser with a name/],
  ['a negative decay', optimizer(() => ({ weightDecay: -1 })), /^optimizer: a weightDecay/],
  ['clipping to nothing', optimizer(() => ({ clipNorm: 0 })), /^optimizer: a clipNorm above 0 expected, found 0$/],
  [
    'no learning rate',
    { learningRate: () => Number.NaN },
    /^learningRate: a number of at least 0 expected, found NaN$/,
  ],
  ['no phase', { phase: () => Number.NaN }, /^phase: a number expected, found NaN$/],
  ['no checkpoints', { checkpointEvery: () => 0 }, /^checkpointEvery: /],
  ['a rescue without momentum', { rescue: () => ({ afterEpoch: 100, momentum: 1 }) }, /^rescue: /],
])('refuses a trainer that returns %s', (_, methods, what) => {
  expect(() => check(changed(methods))).toThrow(
    expect.objectContaining({ tag: 'bad-trainer', where: 'Changed', what: expect.stringMatching(what) }),
  );
});

const { targetChannels, sums, value } = sumOfLosses([crossEntropy(), 1]);
it.each<[string, Partial<Loss> | undefined, string]>([
  ['nothing', undefined, 'a loss with targetChannels, sums and value expected, found undefined'],
  ['sums that fail', { sums: () => JSON.parse('{') }, 'sums failed: Expected property name'],
  ['a value that fails', { value: () => JSON.parse('{') }, 'value failed: Expected property name'],
  [
    'a number for each class',
    { value: (_, { classes }) => constant({ data: new Float64Array(classes), shape: [classes] }) },
    'value: one number expected, found an array (3)',
  ],
  ['no expression', { value: () => 7 as never }, 'value: an expression expected, found 7'],
  ['a constant', { value: () => constant(1) }, 'it does not depend on the output of the network'],
  [
    'no use of the target',
    { sums: (logits) => ({ '0.crossEntropy': sum(logits) }) },
    'it does not depend on the target',
  ],
])('refuses a loss with %s', (_, changes, what) => {
  const loss = () => changes && { targetChannels, sums, value, ...changes };
  expect(() => check(changed({ loss }))).toThrow(
    expect.objectContaining({ tag: 'bad-trainer', what: expect.stringContaining(`loss: ${what}`) }),
  );
});

it('refuses an optimiser without its methods before anything asks for them', () => {
  const trainer = new (changed({ optimizer: () => ({ name: 'mine' }) }))({
    plans,
    configuration: '3d_fullres',
    stage: 0,
    batchDice: true,
  });
  expect(() => callTrainer(trainer)).toThrow('found one without state, step');
});

it.each<[string, () => unknown, string]>([
  [
    'misspelt settings',
    () => ({ ...settings, initialLearningrate: 1 }),
    'there is no setting called initialLearningrate',
  ],
  ['some of the settings', () => ({ epochs: 200 }), 'no iterationsPerEpoch'],
  ['no settings', () => null, 'settings expected, found null'],
])('refuses a trainer with %s', (_, given, what) => {
  const trainer = new (changed({ settings: given }))({ plans, configuration: '3d_fullres', stage: 0, batchDice: true });
  const refusal = { tag: 'bad-trainer', where: 'Changed', what: `settings: ${what}` };
  expect(() => callTrainer(trainer)).toThrow(expect.objectContaining(refusal));
});

it.each(['settings', 'networkVariant', 'network', 'optimizer', 'recipe'])('says that %s failed', (method) => {
  const failing = changed({
    [method]: () => {
      throw new RangeError('out of luck');
    },
  });
  const trainer = new failing({ plans, configuration: '3d_fullres', stage: 0, batchDice: true });
  const named = method === 'networkVariant' ? 'network' : method;
  expect(() => callTrainer(trainer)).toThrow(
    expect.objectContaining({ tag: 'bad-trainer', where: 'Changed', what: `${named} failed: out of luck` }),
  );
});

it.each<[string, Record<string, (...args: never[]) => unknown>]>([
  ['a momentum and a decay of 0', optimizer(() => ({ momentum: 0, weightDecay: 0 }))],
  ['a momentum just below 1', optimizer(() => ({ momentum: 0.999 }))],
  [
    'an optimiser without settings',
    {
      optimizer: () => ({
        name: 'still',
        state: () => ({}),
        step: ({ weight }: OptimizerStep) => ({ weight, state: {} }),
      }),
    },
  ],
  ['the same optimiser in all phases', optimizer((share) => (share < 0.5 ? adam : { ...adam, momentum: 0.8 }))],
  ['a checkpoint each epoch', { checkpointEvery: () => 1 }],
  ['a rescue without momentum', { rescue: () => ({ afterEpoch: 100, momentum: 0 }) }],
  ['a learning rate of 0', { learningRate: () => 0 }],
  ['a weight of 0', { lossWeights: () => [0, 0.5] }],
  [
    'targets of the outputs with a weight alone',
    { lossWeights: () => [1, 0], ...recipe({ deepSupervisionScales: [[1, 1, 1]] }) },
  ],
  ['no target of the last output', recipe({ deepSupervisionScales: [[1, 1, 1]] })],
  ['a single output', { ...network({ deepSupervision: false }), lossWeights: () => [2] }],
  ['regions', { regions: () => [[1, 2], [2]], regionClassOrder: () => [1, 2] }],
  [
    'a learning rate for the first epoch',
    { learningRate: (initial: number, share: number) => (initial === 0.01 && share === 0 ? 1 : Number.NaN) },
  ],
  ['another optimiser at the very end', optimizer((share) => (share === 1 ? adam : {}))],
  [
    'no loss at the very end',
    {
      loss(this: nnUNetTrainerV2, share: number) {
        return share === 1 ? null : nnUNetTrainerV2.prototype.loss.call(this);
      },
    },
  ],
  ['no phase at the very end', { phase: (share: number) => (share < 1 ? 0 : Number.NaN) }],
])('takes a trainer that returns %s', (_, methods) => check(changed(methods)));

const twoRegions = { regions: () => [[1, 2], [2]], regionClassOrder: () => [1, 2] };
it.each<[string, Record<string, (...args: never[]) => unknown>, RegExp]>([
  ['no weight above 0', { lossWeights: () => [0, 0] }, /^lossWeights: 2 weights, at least one above 0/],
  ['a weight below 0', { lossWeights: () => [1, -1] }, /^lossWeights/],
  ['a weight of NaN', { lossWeights: () => [1, Number.NaN] }, /^lossWeights/],
  ['a weight for more outputs than there are', { lossWeights: () => [1, 1, 1] }, /^lossWeights/],
  [
    'two weights for one output',
    { ...network({ deepSupervision: false }), lossWeights: () => [1, 1] },
    /^lossWeights: 1/,
  ],
  [
    'no target of an output with a weight',
    { lossWeights: () => [0, 1], ...recipe({ deepSupervisionScales: [[1, 1, 1]] }) },
    /^recipe: deepSupervisionScales of 2 outputs expected, found 1$/,
  ],
  ['a momentum of 1', optimizer(() => ({ momentum: 1 })), /^optimizer: a momentum/],
  ['a momentum below 0', optimizer(() => ({ momentum: -0.1 })), /^optimizer: a momentum/],
  ['a bad start', optimizer((share) => (share === 0 ? { momentum: 2 } : {})), /^optimizer: a momentum/],
  ['an endless decay', optimizer(() => ({ weightDecay: Number.POSITIVE_INFINITY })), /^optimizer: a weightDecay/],
  ['a rescue with a momentum below 0', { rescue: () => ({ afterEpoch: 1, momentum: -0.1 }) }, /^rescue: /],
  ['two regions of one name', { ...twoRegions, regionNames: () => ['a', 'a'] }, /^regionNames: /],
  ['a name too many', { ...twoRegions, regionNames: () => ['a', 'b', 'c'] }, /^regionNames: /],
  ['a region of the background', { ...twoRegions, regions: () => [[0, 1], [2]] }, /^regions: /],
  ['half a label', { ...twoRegions, regions: () => [[1.5], [2]] }, /^regions: /],
  ['regions written as the background', { ...twoRegions, regionClassOrder: () => [0, 1] }, /^regionClassOrder: labels/],
  ['a label too few', { ...twoRegions, regionClassOrder: () => [1] }, /^regionClassOrder: one label per region/],
  [
    'no target of its only output',
    { ...network({ deepSupervision: false }), ...recipe({ deepSupervisionScales: [] }) },
    /^recipe: deepSupervisionScales of 1 outputs expected, found 0$/,
  ],
  ['a long list', recipe({ patchSize: new Array(100).fill(7) }), /found \[(7,){39}7$/],
])('refuses a trainer that returns %s', (_, methods, what) => {
  expect(() => check(changed(methods))).toThrow(expect.objectContaining({ what: expect.stringMatching(what) }));
});

it('tries an optimiser on every parameter, in every phase', () => {
  const late = optimizer((share) => (share < 0.5 ? {} : { step: ({ weight }) => ({ weight, state: {} }) }));
  expect(() => check(changed(late))).toThrow(
    expect.objectContaining({
      tag: 'bad-optimizer',
      what: 'step of conv_blocks_localization.0.0.blocks.0.conv.weight, "momentum": float (8 x 16 x 3 x 3 x 3) expected, found nothing',
    }),
  );
});

it('takes a network that pools once, with a weight for its only output', () => {
  const pooledOnce = tinyPlans([8, 8, 8], { poolings: 1 });
  check(changed({ lossWeights: () => [1] }), pooledOnce);
  expect(() => check(changed({ lossWeights: () => [1, 1] }), pooledOnce)).toThrow(/1 weights, at least one above 0/);
});

it('asks for the phase of each epoch, and for loss and optimiser where it changes', () => {
  const [phases, losses]: [number[], number[]] = [[], []];
  const trainer = changed({
    phase: (share: number) => {
      phases.push(share);
      return share < 0.5 ? 0 : 1;
    },
    loss(this: nnUNetTrainerV2, share: number) {
      losses.push(share);
      return nnUNetTrainerV2.prototype.loss.call(this);
    },
  });
  check(trainer);
  expect(phases).toEqual([0, 1 / 8, 2 / 8, 3 / 8, 4 / 8, 5 / 8, 6 / 8, 7 / 8]);
  expect(losses).toEqual([0, 0, 0.5]);
});

it('takes every trainer of its own', () => {
  const registry = shippedTrainers;
  // Trainers of regions name labels 1 to 4.
  // Group norms have eight groups.
  const four: Plans = { ...plans, num_classes: 4, all_classes: [1, 2, 3, 4], base_num_features: 8 };
  // For a residual encoder, whose first stage pools nothing.
  const residual = structuredClone(four);
  for (const stage of Object.values(residual.plans_per_stage)) {
    const [encoder, decoder] = [stage.conv_kernel_sizes!, stage.pool_op_kernel_sizes!].map((list) => list.map(() => 1));
    Object.assign(stage, { num_blocks_encoder: encoder, num_blocks_decoder: decoder });
    stage.pool_op_kernel_sizes = [[1, 1, 1], ...stage.pool_op_kernel_sizes!];
  }
  for (const name of registry.names()) {
    const of = (configuration: '3d_fullres' | '3d_cascade_fullres', given = four) =>
      new (registry.get(name))({ plans: given, configuration, stage: 0, batchDice: true });
    const trainer = of(
      of('3d_fullres').trainsCascade() ? '3d_cascade_fullres' : '3d_fullres',
      /Resenc/i.test(name) ? residual : four,
    );
    checkTrainer(trainer, settings, trainer.recipe(2));
  }
  expect(registry.names().length).toBeGreaterThan(100);
});

it('refuses batches that the network does not take', () => {
  const trainer = new nnUNetTrainerV2({ plans, configuration: '3d_fullres', stage: 0, batchDice: true });
  const batch = (...shape: number[]) => ({ data: new Float32Array(0), shape, targets: [], keys: [] });
  checkBatch(trainer, 2, batch(2, 1, 8, 8, 8));
  expect(() => checkBatch(trainer, 2, batch(2, 3, 8, 8, 8))).toThrow(
    'nnUNetTrainerV2: recipe: batches of 2 x 3 x 8 x 8 x 8, but the network needs 2 x 1 x 8 x 8 x 8',
  );
});
