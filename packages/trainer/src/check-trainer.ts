import type { AugmentationRecipe, Batch } from '@nnunet/augment';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { inShort, messageOf } from '@nnunet/errors/internal';
import { checkModelDescription } from '@nnunet/inference/internal';
import type { Loss, Optimizer } from '@nnunet/network';
import { checkOptimizer, faultOfLoss } from '@nnunet/network/internal';
import { isRate } from './schedule.ts';
import type { Trainer } from './trainer.ts';
import { emptyTrainingLog } from './training-log.ts';
import { defaultSettings, type TrainingSettings, unknownSetting } from './training-settings.ts';

/**
 * Checks a trainer's decisions before it trains: a model that no program could read again, or a schedule that fails
 * halfway, would only show after days.
 *
 * @throws NnUNetError 'bad-trainer' naming the method and what it returns
 */
export function checkTrainer(trainer: Trainer, settings: TrainingSettings, recipe: AugmentationRecipe): void {
  const check = checkOf(trainer);
  checkModel(trainer, check);
  checkRegions(trainer, check);
  checkBatches(trainer, recipe, check);
  checkCourse(trainer, settings, check);
}

type Check = (method: string, holds: boolean, expected: string, found: unknown) => void;

function checkOf(trainer: Trainer): Check {
  return (method, holds, expected, found) => {
    if (!holds)
      throw badTrainer(
        trainer,
        method,
        `${expected} expected, found ${typeof found === 'string' ? found : inShort(found)}`,
      );
  };
}

function badTrainer(
  trainer: Trainer,
  method: string,
  what: string,
  remedy = 'Correct the return value of the trainer. Nothing was trained.',
): NnUNetError {
  return new NnUNetError('bad-trainer', { what: `${method}: ${what}`, where: trainer.constructor.name, remedy });
}

/** Calls what a method stands for. @throws NnUNetError 'bad-trainer' naming the method if it fails */
function called<T>(trainer: Trainer, method: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (isNnUNetError(cause)) throw cause;
    throw new NnUNetError('bad-trainer', {
      what: `${method} failed: ${messageOf(cause)}`,
      where: trainer.constructor.name,
      remedy: 'Correct this method of the trainer. Nothing was trained.',
      cause,
    });
  }
}

/**
 * Calls the methods that are needed before a trainer's decisions can be checked.
 *
 * @throws NnUNetError 'bad-trainer' naming a method that fails
 */
export function callTrainer(trainer: Trainer): void {
  checkTrainerSettings(
    trainer,
    called(trainer, 'settings', () => trainer.settings()),
  );
  called(trainer, 'network', () => trainer.network());
  const optimizer = called(trainer, 'optimizer', () => trainer.optimizer());
  checkComplete(optimizer, checkOf(trainer));
  called(trainer, 'recipe', () => trainer.recipe(trainer.stagePlans.batch_size));
}

/** Settings that are misspelt or left out would train something else without a word. */
function checkTrainerSettings(trainer: Trainer, settings: TrainingSettings): void {
  checkOf(trainer)('settings', typeof settings === 'object' && settings !== null, 'settings', settings);
  const unknown = unknownSetting(settings);
  if (unknown !== null)
    throw badTrainer(trainer, 'settings', `there is no setting called ${unknown.key}`, unknown.remedy);
  const missing = Object.keys(defaultSettings).find((key) => settings[key as keyof TrainingSettings] === undefined);
  if (missing === undefined) return;
  throw badTrainer(trainer, 'settings', `no ${missing}`, 'Return `{ ...super.settings(), … }` with your own settings.');
}

/** What a checkpoint says of the model must be the same when it is read. */
function checkModel(trainer: Trainer, check: Check): void {
  const model = trainer.describeModel();
  const { plans, ...own } = model;
  const lost = lostInJson(own);
  check('describeModel', lost === null, 'plain values that can be stored as JSON', lost ?? undefined);
  try {
    checkModelDescription({ ...JSON.parse(JSON.stringify(own)), plans }, trainer.constructor.name);
  } catch (cause) {
    if (!isNnUNetError(cause)) throw cause;
    throw badTrainer(trainer, 'describeModel', cause.what);
  }
  const { inputChannels, classes } = model.network;
  const { num_modalities, num_classes } = plans;
  const channels = num_modalities + (trainer.needsPreviousStage() ? num_classes : 0);
  check('network', inputChannels === channels, `${channels} inputChannels`, inputChannels);
  const outputs = trainer.regions()?.length ?? num_classes + 1;
  check('network', classes === outputs, `${outputs} classes`, classes);
}

function checkRegions(trainer: Trainer, check: Check): void {
  const regions = trainer.regions();
  const [order, names] = [trainer.regionClassOrder(), trainer.regionNames()];
  check('regionClassOrder', order?.length === regions?.length, 'one label per region, or null without regions', order);
  check('regionNames', new Set(names).size === (regions?.length ?? 0), 'a unique name for each region', names);
  const areLabels = (list: readonly number[]) => list.length > 0 && list.every((n) => Number.isInteger(n) && n > 0);
  check('regions', regions === null || regions.every(areLabels), 'lists of labels', regions);
  check('regionClassOrder', order === null || areLabels(order), 'labels', order);
}

function checkBatches(trainer: Trainer, recipe: AugmentationRecipe, check: Check): void {
  const { pools, deepSupervision, classes } = trainer.network();
  const patch = trainer.stagePlans.patch_size;
  check('recipe', recipe.patchSize.join() === patch.join(), `the patch size ${patch}`, recipe.patchSize);
  const outputs = deepSupervision ? Math.max(1, pools.length) : 1;
  const weights = trainer.lossWeights();
  const right = (list: readonly number[]) =>
    list.length === outputs && list.every((w) => Number.isFinite(w) && w >= 0) && list.some((w) => w > 0);
  check('lossWeights', weights === undefined || right(weights), `${outputs} weights, at least one above 0`, weights);
  // An output without a weight needs no target; without weights of the trainer's own that is the last.
  const needed =
    weights === undefined ? Math.max(1, outputs - 1) : 1 + Math.max(...weights.map((w, i) => (w > 0 ? i : 0)));
  const scales = recipe.deepSupervisionScales.length;
  check('recipe', scales >= needed, `deepSupervisionScales of ${needed} outputs`, scales);
  const loss = called(trainer, 'loss', () => trainer.loss(0));
  checkMethods(loss, check);
  const channels = called(trainer, 'loss: targetChannels', () => loss.targetChannels(classes));
  const expected = recipe.regions?.length ?? 1;
  check('loss', channels === expected, `targets of ${expected} channels`, channels);
}

function checkMethods(loss: Loss | undefined, check: Check): void {
  const methods = [loss?.targetChannels, loss?.sums, loss?.value];
  check(
    'loss',
    methods.every((f) => typeof f === 'function'),
    'a loss with targetChannels, sums and value',
    loss,
  );
}

/** Loss and optimiser of each phase, and what is asked for at each epoch. */
function checkCourse(trainer: Trainer, { epochs, initialLearningRate }: TrainingSettings, check: Check): void {
  const every = trainer.checkpointEvery();
  check('checkpointEvery', every >= 1, 'a number of epochs', every);
  const rescue = trainer.rescue();
  const momentumOf = rescue?.momentum ?? 0;
  check('rescue', momentumOf >= 0 && momentumOf < 1, 'a momentum from 0 to below 1', rescue);
  const rate = trainer.learningRate(initialLearningRate, 0, emptyTrainingLog());
  check('learningRate', isRate(rate), 'a number of at least 0', rate);
  const name = trainer.optimizer(0)?.name;
  const network = trainer.network();
  const { batch_size, patch_size } = trainer.stagePlans;
  let last: number | undefined;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const phase = trainer.phase(epoch / epochs);
    check('phase', Number.isFinite(phase), 'a number', phase);
    if (phase === last) continue;
    last = phase;
    const optimizer = called(trainer, 'optimizer', () => trainer.optimizer(epoch / epochs));
    checkSettings(optimizer, name, check);
    checkOptimizer(network, optimizer);
    const loss = called(trainer, 'loss', () => trainer.loss(epoch / epochs));
    checkMethods(loss, check);
    const fault = faultOfLoss(loss, [batch_size, network.classes, ...patch_size]);
    if (fault !== null) throw badTrainer(trainer, 'loss', fault);
  }
}

function checkSettings(optimizer: Optimizer, name: string | undefined, check: Check): void {
  checkComplete(optimizer, check);
  const { momentum = 0, weightDecay = 0, clipNorm = 1 } = optimizer;
  check('optimizer', optimizer.name === name, `the same optimiser in all phases (${name})`, optimizer.name);
  check('optimizer', momentum >= 0 && momentum < 1, 'a momentum from 0 to below 1', momentum);
  check('optimizer', Number.isFinite(weightDecay) && weightDecay >= 0, 'a weightDecay of at least 0', weightDecay);
  check('optimizer', clipNorm > 0, 'a clipNorm above 0', clipNorm);
}

function checkComplete(optimizer: Optimizer | undefined, check: Check): void {
  const types = { name: 'string', state: 'function', step: 'function' } as const;
  const members = Object.entries(types) as [keyof typeof types, string][];
  const missing = members.flatMap(([key, type]) => (typeof optimizer?.[key] === type ? [] : [key]));
  const found = typeof optimizer === 'object' && optimizer !== null ? `one without ${missing.join(', ')}` : optimizer;
  check('optimizer', missing.length === 0, 'an optimiser with a name, state and step', found);
}

/** @throws NnUNetError 'bad-trainer' if a batch does not have the shape that the trainer's network takes */
export function checkBatch(trainer: Trainer, batchSize: number, { shape }: Batch): void {
  const expected = [batchSize, trainer.network().inputChannels, ...trainer.stagePlans.patch_size];
  if (shape.join() === expected.join()) return;
  throw badTrainer(trainer, 'recipe', `batches of ${shape.join(' x ')}, but the network needs ${expected.join(' x ')}`);
}

/** Where a value holds something that JSON leaves out or changes: the path to it and what it is; null where nowhere. */
function lostInJson(value: unknown, path = ''): string | null {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${path}: ${value}`;
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  if (typeof value !== 'object' || !plain) return `${path}: ${Object.prototype.toString.call(value).slice(8, -1)}`;
  for (const [key, entry] of Object.entries(value)) {
    const lost = lostInJson(entry, path === '' ? key : `${path}.${key}`);
    if (lost !== null) return lost;
  }
  return null;
}
