import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { augmentSample, drawSample, noDraws, threeAxes, tryOwnTransforms } from './augment-sample.ts';
import { applyBallSteps, oneHotLabels } from './cascade.ts';
import { checkRecipe } from './check-recipe.ts';
import { removeComponents } from './component-removal.ts';
import { downsampleLabels, scaledShape } from './deep-supervision.ts';
import { elasticDisplacement } from './displacement.ts';
import { loadPatch } from './loader-patch.ts';
import { forcedStart, isForcedSample, type LocationsByClass, unforcedStart } from './patch-sampling.ts';
import type { PatchSource } from './patch-source.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { type SampleKey, sampleRandom } from './sample-streams.ts';
import { caseWeightsOf, weightedIndex } from './sampling-weights.ts';
import { transformSpatially } from './spatial.ts';
import type { SpatialDraw } from './spatial-draws.ts';
import { influenceBox, type SpatialTransform } from './spatial-geometry.ts';
import type { Sample } from './transform-entry.ts';
import { shippedTransforms, type Transforms } from './transform-registry.ts';
import { linearBox, transformLinearly } from './v2/spatial-linear.ts';
import { writeTarget } from './write-target.ts';

export interface BatchKey {
  seed: number;
  epoch: number;
  /** Within the epoch. */
  iteration: number;
}

export interface BatchTarget {
  /** Labels (b, 1, …), or 0 and 1 per region (b, regions, …). */
  data: Uint8Array;
  shape: number[];
}

export interface Batch {
  /** (b, c, z, y, x), or (b, c, y, x) for slices: modalities, then one-hot channels of the previous stage. */
  data: Float32Array;
  shape: number[];
  /** Highest resolution first. */
  targets: BatchTarget[];
  /** Case id of each sample. */
  keys: string[];
}

/**
 * Makes one augmented training batch. It depends only on source, recipe and key.
 *
 * @param transforms registry of the recipe's steps
 * @throws NnUNetError 'bad-recipe' for an unknown key; 'bad-transform' for one of the user's own that fails or spoils a
 *   sample; an error naming the case that could not be read or used
 */
export function sampleBatch(
  source: PatchSource,
  recipe: AugmentationRecipe,
  key: BatchKey,
  transforms: Transforms = shippedTransforms,
): Promise<Batch> {
  return makeBatch({ source, recipe, transforms }, key, false);
}

/** Makes one validation batch: patches of the final size, with foreground forced as in training, without transforms. */
export function validationBatch(source: PatchSource, recipe: AugmentationRecipe, key: BatchKey): Promise<Batch> {
  return makeBatch({ source, recipe, transforms: shippedTransforms }, key, true);
}

const noLocations: LocationsByClass = new Map();

/** Recipes from which a batch was made, and the transforms: they were checked. */
const checked = new WeakMap<AugmentationRecipe, Transforms>();

/** Everything shared by the samples of a batch. */
interface Making {
  source: PatchSource;
  recipe: AugmentationRecipe;
  transforms: Transforms;
}

async function makeBatch(making: Making, key: BatchKey, validation: boolean): Promise<Batch> {
  const { source, recipe, transforms } = making;
  const first = !validation && checked.get(recipe) !== transforms;
  if (first) checkRecipe(recipe, transforms);
  const { patchSize, batchSize, regions } = recipe;
  const channels = source.channels + (recipe.cascade?.classes.length ?? 0);
  const size = patchSize.reduce((a, b) => a * b, 1);
  const targetChannels = regions?.length ?? 1;
  const batch: Batch = {
    data: new Float32Array(batchSize * channels * size),
    shape: [batchSize, channels, ...patchSize],
    targets: [],
    keys: [],
  };
  const caseWeights = validation ? undefined : caseWeightsOf(recipe.sampling, source.caseIds);
  const labels = new Uint8Array(batchSize * targetChannels * size);
  for (let sample = 0; sample < batchSize; sample++) {
    const sampleKey: SampleKey = { ...key, sample, validation };
    const random = sampleRandom(sampleKey, 'case');
    const index =
      caseWeights === undefined ? random.integer(source.caseIds.length) : weightedIndex(random.uniform(), caseWeights);
    const data = batch.data.subarray(sample * channels * size, (sample + 1) * channels * size);
    const target = labels.subarray(sample * targetChannels * size, (sample + 1) * targetChannels * size);
    try {
      await makeSample({ ...making, key: sampleKey, index, first: first && sample === 0 }, data, target);
    } catch (cause) {
      throw named(cause, source.caseIds[index]!);
    }
    batch.keys.push(source.caseIds[index]!);
  }
  if (first) checked.set(recipe, transforms);
  batch.targets = recipe.deepSupervisionScales.map((scale) => {
    const shape = scaledShape(patchSize, scale);
    const whole = [batchSize, targetChannels, ...shape];
    if (scale.every((s) => s === 1)) return { data: labels, shape: whole };
    const smaller = new Uint8Array(whole.reduce((a, b) => a * b, 1));
    downsampleLabels(labels, patchSize, shape, smaller);
    return { data: smaller, shape: whole };
  });
  return batch;
}

interface SampleJob extends Making {
  key: SampleKey;
  index: number;
  /** Whether it is the first one made from its recipe. */
  first: boolean;
}

/** Crops, transforms and writes one sample: channels to `data`, labels or regions to `target`. */
async function makeSample(
  { source, recipe, transforms, key, index, first }: SampleJob,
  data: Float32Array,
  target: Uint8Array,
): Promise<void> {
  const { validation, sample: number } = key;
  const loader = validation ? recipe.patchSize : recipe.loaderPatchSize;
  const shape = threeAxes(recipe.patchSize);
  const loaderPatchSize = threeAxes(loader);
  const size = shape[0]! * shape[1]! * shape[2]!;
  const draws = validation ? noDraws : drawSample(recipe, key, source.channels, transforms);

  const random = sampleRandom(key, 'position');
  const position = { shape: await source.shapeOf(index), loaderPatchSize: loader, patchSize: recipe.patchSize };
  const uniform = {
    between: (low: number, high: number) => low + random.integer(high - low + 1),
    index: (n: number) => random.integer(n),
    share: () => random.uniform(),
  };
  const { annotated, slices } = recipe;
  const classWeights = validation ? undefined : recipe.sampling?.classWeights;
  const forced =
    recipe.oversampling === 'chance'
      ? sampleRandom(key, 'foreground').uniform() < recipe.oversampleForeground
      : isForcedSample(number, recipe.batchSize, recipe.oversampleForeground);
  const locations = forced || annotated != null ? await source.classLocations(index) : noLocations;
  const drawStart = forced ? forcedStart : unforcedStart;
  const start = drawStart(position, locations, uniform, { annotated, slices, classWeights });

  const inPlane = recipe.dummy2D || recipe.patchSize.length === 2;
  const transform = spatialTransform(draws.spatial, shape, inPlane, key);
  const interpolation = recipe.spatial?.interpolation ?? 'cubic';
  const needed = (interpolation === 'cubic' ? influenceBox : linearBox)(
    transform,
    { loaderPatchSize, patchSize: shape },
    inPlane,
  );
  const patch = await loadPatch(source, { index, start, loaderPatchSize, needed });
  const sample: Sample = {
    shape,
    spacing: recipe.spacing ?? [1, 1, 1],
    channels: source.channels,
    data: data.subarray(0, source.channels * size),
    seg: new Float32Array(size),
  };
  if (recipe.cascade) {
    if (!patch.previous && patch.seg.length > 0) {
      throw new NnUNetError('no-previous-stage', {
        what: 'the segmentation of the previous stage is missing',
        remedy: 'Train all folds of the previous stage first; their predictions are the input of this one.',
      });
    }
    sample.previous = new Float32Array(size);
  }
  if (interpolation === 'cubic')
    transformSpatially(patch, sample, transform, inPlane, {
      border: recipe.spatial?.border,
      undecided: recipe.ignoreLabel,
    });
  else transformLinearly(patch, sample, transform, { inPlane, interpolation });
  if (first) tryOwnTransforms(sample, recipe, key, transforms);
  if (!validation) augmentSample(sample, draws, recipe, transforms);
  if (recipe.cascade) {
    const oneHot = data.subarray(source.channels * size);
    oneHotLabels(sample.previous!, recipe.cascade.classes, oneHot);
    applyBallSteps(oneHot, shape, draws.balls);
    const { removal } = recipe.cascade;
    if (removal && !validation) removeComponents(oneHot, shape, removal, sampleRandom(key, 'component removal'));
  }
  writeTarget(sample.seg, recipe.regions, target);
}

/** The drawn transform, including the displacements of an elastic deformation. */
function spatialTransform(
  { elastic, ...transform }: SpatialDraw,
  shape: readonly number[],
  inPlane: boolean,
  key: SampleKey,
): SpatialTransform {
  if (!elastic) return transform;
  const random = sampleRandom(key, 'elastic field');
  const noise = (size: number) => Float64Array.from({ length: size }, () => random.uniformBetween(-1, 1));
  return { ...transform, displacement: elasticDisplacement(elastic, shape, inPlane, noise) };
}

/** Wraps an error so that it names the case. */
function named(cause: unknown, id: string): NnUNetError {
  const known = isNnUNetError(cause) ? cause : undefined;
  return new NnUNetError(known?.tag ?? 'batch-failed', {
    what: messageOf(cause),
    where: `case ${id}`,
    remedy: known ? undefined : 'Check the files of this case, and preprocess it again if they are damaged.',
    cause,
  });
}
