import { join } from 'node:path';
import { secondsInWords } from '@nnunet/errors/internal';
import { Prediction } from '@nnunet/inference';
import {
  bodyTiles,
  countEvaluations,
  needsPreviousStage,
  placeTiles,
  readTile,
  tilingOfPreset,
} from '@nnunet/inference/internal';
import { Model, type TrainedModel } from '@nnunet/inference/node';
import {
  type DicePair,
  INTEGERS_FILE,
  identityOf,
  readFoldIntegers,
  readModelFolder,
  writeFoldIntegers,
} from '@nnunet/inference/node/internal';
import { regionDice } from '@nnunet/metrics';
import { RangeSession } from '@nnunet/network/internal';
import type { Compute } from '@nnunet/network/node';
import { nodeRuntime } from '@nnunet/network/node/internal';
import { FILE_NAMES, foldFolderName, judgedRegions, stageFolderName } from '@nnunet/schema/internal';
import { listCases, openPreparedCase, withLock } from '@nnunet/store';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { readLabels } from '@nnunet/volume/node';
import { casesOfFold } from './fold-cases.ts';
import type { FoldTask } from './fold-task.ts';
import { readValidationCase } from './validation-case.ts';

export interface CalibrateFoldOptions extends Pick<FoldTask, 'preprocessedFolder' | 'modelFolder' | 'fold'> {
  /** About how long measuring the Dice may take. */
  seconds: number;
  compute?: Compute;
  signal?: AbortSignal;
  /** Called after each case. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** Training cases on whose patches the ranges are measured, and patches of each. */
const CASES = 4;
const PATCHES = 8;

/** A case is predicted in floating point and with 8-bit integers, which take about half the time. */
const SHARE_OF_BOTH = 1.5;

const TILING = tilingOfPreset('quick', []);

/**
 * Calibrates a trained fold for 8-bit integers: measures the ranges of its network's values on patches of four training
 * cases, and what the integers cost in Dice, with the preset quick, on the first validation cases for which there is
 * time. The result is stored in the fold's folder, where `loadModel` finds it.
 *
 * @returns why it cannot be calibrated; null if it is
 * @throws NnUNetError 'locked' if another process does the same; any error from reading and writing
 */
export async function calibrateFold(options: CalibrateFoldOptions): Promise<string | null> {
  const { preprocessedFolder, modelFolder, fold, seconds, compute, signal, onProgress } = options;
  const { description, members } = await readModelFolder(modelFolder, { folds: [fold] });
  const { weights } = members[0]!;
  const identity = identityOf([weights]);
  if (needsPreviousStage(description)) return 'the second stage of a cascade cannot be calibrated for them';
  const { network, plans, stage } = description;
  const folder = join(preprocessedFolder, stageFolderName(plans.data_identifier, stage));
  const { train, val } = await casesOfFold(preprocessedFolder, await listCases(folder), fold);
  const file = join(modelFolder, foldFolderName(fold), INTEGERS_FILE);
  const imageOf = async (id: string) => readValidationCase(folder, id, { description });
  const float = new Model(description, [weights], { compute });
  const { patchSize } = float.rules;
  const measuring = await RangeSession.load(nodeRuntime, { description: network, weights, patchSize, ...compute });
  if (measuring === null) return 'this network has no 8-bit form';
  const models: TrainedModel[] = [float];
  const lock = { purpose: `the calibration of ${foldFolderName(fold)}`, signal };
  try {
    return await withLock(`${file}.lock`, lock, async (stop) => {
      // Another process may have calibrated it by now.
      if ((await readFoldIntegers(file, identity)) !== null) return null;
      const measured = await casesInTime(float, folder, { ids: val, seconds });
      if (typeof measured === 'string') return measured;
      const calibratedOn = train.filter((_, i) => i % Math.ceil(train.length / CASES) === 0);
      const total = calibratedOn.length + measured.length;
      let done = 0;
      for (const id of calibratedOn) {
        for (const patch of patchesOf((await imageOf(id)).image, float)) {
          stop.throwIfAborted();
          await measuring.add(patch);
        }
        onProgress?.({ done: ++done, total });
      }
      const ranges = measuring.ranges();
      const integer = new Model(description, [weights], {
        compute,
        integers: { ranges: [ranges], reason: 'to be measured', uncalibrated: [] },
      });
      models.push(integer);
      const judged =
        judgedRegions(plans) ?? Object.fromEntries(plans.all_classes.map((label) => [label, [label]] as const));
      const found: Record<string, Record<string, DicePair>> = {};
      for (const id of measured) {
        const { name, image, properties } = await imageOf(id);
        const reference = await readLabels(join(preprocessedFolder, FILE_NAMES.groundTruth, `${name}.nii.gz`));
        const keepTile = bodyTiles(image, float.rules);
        const scoresOf = async ({ ensemble }: Model) => {
          const probabilities = await ensemble.predict(image, { ...TILING, keepTile, signal: stop });
          const { data } = new Prediction(description, probabilities, properties).labels();
          return regionDice(data, reference.data, judged, plans.ignore_label);
        };
        const [before, after] = [await scoresOf(float), await scoresOf(integer)];
        found[id] = Object.fromEntries(
          Object.keys(judged).map((key) => [key, [orNull(before[key]!), orNull(after[key]!)]]),
        );
        onProgress?.({ done: ++done, total });
      }
      await writeFoldIntegers(file, { weights: identity, calibratedOn, dice: found, ranges });
      return null;
    });
  } finally {
    await measuring.dispose();
    for (const model of models) await model.dispose();
  }
}

const orNull = (value: number) => (Number.isNaN(value) ? null : value);

/** Returns the first cases that can be predicted in time; in words how long the shortest takes if none can. */
async function casesInTime(
  { ensemble }: Model,
  folder: string,
  { ids, seconds }: { ids: readonly string[]; seconds: number },
): Promise<string[] | string> {
  const each = SHARE_OF_BOTH * (await ensemble.warmUp(1));
  const chosen: string[] = [];
  let left = seconds;
  let shortest = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const prepared = await openPreparedCase(folder, id);
    await prepared.close();
    const own = each * countEvaluations(ensemble.placement(prepared.shape, TILING));
    shortest = Math.min(shortest, own);
    if (own > left) continue;
    left -= own;
    chosen.push(id);
  }
  return chosen.length > 0
    ? chosen
    : `a validation case, which shows what they cost, takes ${secondsInWords(shortest)}`;
}

/** Yields some patches of an image, spread over it as the tiles of a prediction, each (channels, …patchSize). */
function* patchesOf({ data, shape }: Tensor<Float32Array>, { ensemble }: Model): Generator<Float32Array> {
  const placement = ensemble.placement(shape, TILING);
  const { starts, size } = placeTiles(placement);
  const channels = shape[0]!;
  const step = Math.ceil(starts.length / PATCHES);
  for (let i = 0; i < starts.length; i += step) {
    const target = new Float32Array(channels * sizeOf(size));
    const tile = { shape: placement.imageSize, start: starts[i]!, size };
    readTile({ source: data, channels, tile, flip: [], target, offset: 0 });
    yield target;
  }
}
