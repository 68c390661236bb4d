import type { NnUNetError } from '@nnunet/errors';
import { nonzeroBox } from '@nnunet/morphology';
import { sizeOf } from '@nnunet/tensor';
import { type ImageFormats, type ImageGeometry, shippedFormats } from '@nnunet/volume';
import { readGeometry, readVolume } from '@nnunet/volume/node';
import { type CaseForecast, type CaseMemory, forecastCase, memoryOfCase, secondsBeside } from '../case-forecast.ts';
import { memoryRefusal, type Room } from '../memory-refusal.ts';
import { countEvaluations } from '../place-tiles.ts';
import type { InputCase } from './find-cases.ts';
import { type FolderEstimate, type PredictFolderOptions, rulesOf, type ThreadNumbers } from './folder-options.ts';

type Shape = readonly number[];

/** A case with its estimated cost. */
export interface EstimatedCase extends InputCase {
  geometry: ImageGeometry | null;
  /** null if nothing is known about the image before it is read. */
  forecast: CaseForecast | null;
  /** Upper bound for each fold's network; null without a forecast. */
  evaluations: number | null;
  /** null until it can be estimated. */
  seconds: number | null;
}

/**
 * Estimates what the image headers tell, before any timings are known. Unreadable cases are reported later, in their
 * turn.
 */
export async function estimateByHeaders(
  cases: readonly InputCase[],
  options: PredictFolderOptions,
): Promise<EstimatedCase[]> {
  const estimated: EstimatedCase[] = [];
  for (const input of cases) {
    const file = input.images[0]!;
    // Others would have to be read as a whole.
    const hasHeader = /\.nii(\.gz)?$/i.test(file) || isDescribed(file, options.formats);
    const geometry = hasHeader ? await readGeometry(file, options.formats).catch(() => null) : null;
    const found = geometry === null ? null : forecastCase(options.model.rules, geometry);
    // Too thin for the model's spacing; preprocessing will report it.
    const forecast = found?.networkShape.includes(0) ? null : found;
    const evaluations = forecast === null ? null : evaluationsOf(forecast.networkShape, options);
    estimated.push({ ...input, geometry, forecast, evaluations, seconds: null });
  }
  return estimated;
}

/** Whether the size of an image can be read without its voxels. */
function isDescribed(file: string, formats: ImageFormats = shippedFormats): boolean {
  const extension = formats.names().find((end) => file.toLowerCase().endsWith(end));
  return extension !== undefined && formats.get(extension).readHeaderPath !== undefined;
}

/** Returns the number of evaluations of one fold's network. @param networkShape (z, y, x) */
export function evaluationsOf(networkShape: Shape, { model, ...options }: PredictFolderOptions): number {
  return countEvaluations(model.ensemble.placement([model.channels, ...networkShape], options));
}

/**
 * Estimates the seconds that a case takes.
 *
 * @param shapes (z, y, x), of the image and of the network's input
 * @param secondsPerEvaluation of all folds together
 */
export function secondsOf(
  { imageShape, networkShape }: { imageShape: Shape; networkShape: Shape },
  options: PredictFolderOptions,
  secondsPerEvaluation: number,
): number {
  const { channels, description } = options.model;
  const beside = secondsBeside({ imageShape, networkShape }, channels, description.network.classes);
  return evaluationsOf(networkShape, options) * secondsPerEvaluation + beside;
}

/**
 * Budget for reading images in advance to see what is cropped away: this share of the total time, or this many seconds.
 */
const LOOK_SHARE = 0.01;
const LOOK_SECONDS = 0.1;

/**
 * Estimates how long the cases will take. Tiles cover what remains of an image after the border of zeros is cropped
 * away. Only the voxels show how much that is, so some cases are read and the others assumed to be similar.
 *
 * @param secondsPerEvaluation of all folds together
 */
export async function estimateSeconds(
  cases: readonly EstimatedCase[],
  options: PredictFolderOptions,
  secondsPerEvaluation: number,
): Promise<EstimatedCase[]> {
  const estimated = cases.map((one): EstimatedCase => {
    const seconds = one.forecast === null ? null : secondsOf(one.forecast, options, secondsPerEvaluation);
    return { ...one, seconds };
  });
  const whole = estimated.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const until = performance.now() + 1000 * Math.max(LOOK_SECONDS, LOOK_SHARE * whole);
  const seen = { before: 0, after: 0, seconds: 0, cropped: 0 };
  const unseen = new Set(estimated.filter(({ forecast }) => forecast !== null));
  for (const one of spread([...unseen])) {
    if (performance.now() > until) break;
    const networkShape = await croppedShape(one, options);
    if (networkShape === null) continue;
    unseen.delete(one);
    seen.before += one.evaluations!;
    seen.seconds += one.seconds!;
    one.evaluations = evaluationsOf(networkShape, options);
    one.seconds = secondsOf({ ...one.forecast!, networkShape }, options, secondsPerEvaluation);
    seen.after += one.evaluations;
    seen.cropped += one.seconds;
  }
  if (seen.before === 0) return estimated;
  for (const one of unseen) {
    one.evaluations = Math.max(1, Math.round((one.evaluations! * seen.after) / seen.before));
    one.seconds! *= seen.cropped / seen.seconds;
  }
  return estimated;
}

/** Reorders the list so that any prefix of it is representative of the whole. */
function spread<T>(list: readonly T[]): T[] {
  const place = (i: number) => (i * 0.6180339887) % 1;
  return list
    .map((item, i) => ({ item, at: place(i) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/**
 * Returns the (z, y, x) shape of the network's input for a case, according to its first image; null if it cannot be
 * read.
 */
async function croppedShape(
  { images, geometry }: EstimatedCase,
  { model }: PredictFolderOptions,
): Promise<Shape | null> {
  const volume = await readVolume(images[0]!).catch(() => null);
  if (volume === null || sizeOf(volume.shape) !== volume.data.length) return null;
  const box = nonzeroBox([volume.data], volume.shape);
  if (box === null) return null;
  const shape = box.map(([from, to]) => to - from) as [number, number, number];
  return forecastCase(model.rules, { ...geometry!, shape }).networkShape;
}

/** Makes the estimate reported to the user. Cases about which nothing is known count as average. */
export function folderEstimate(
  cases: readonly EstimatedCase[],
  { model, tiles }: PredictFolderOptions,
): FolderEstimate {
  const known = cases.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
  const seconds = known.reduce((sum, one) => sum + one, 0);
  return {
    cases: cases.length,
    evaluations: model.folds * cases.reduce((sum, { evaluations }) => sum + (evaluations ?? 0), 0),
    seconds: (seconds * cases.length) / Math.max(1, known.length),
    atMost: tiles === 'body',
    unknown: cases.filter(({ evaluations }) => evaluations === null).length,
  };
}

/** Use threads only if they save more time than they take to start. */
const LEAST_SECONDS = 4;

export function threadsFor(
  cases: readonly EstimatedCase[],
  { model, threads = {} }: PredictFolderOptions,
): ThreadNumbers {
  const { channels, description } = model;
  const besideOf = ({ forecast }: EstimatedCase) =>
    forecast === null ? 0 : secondsBeside(forecast, channels, description.network.classes);
  const beside = cases.reduce((sum, one) => sum + besideOf(one), 0);
  const number = cases.length > 1 && beside > LEAST_SECONDS ? 1 : 0;
  const { preparing = number, writing = number } = threads;
  // Never more threads than cases.
  return { preparing: Math.min(preparing, cases.length), writing: Math.min(writing, cases.length) };
}

/** Returns the maximum memory of a case. */
export function memoryIn(forecast: CaseForecast, options: PredictFolderOptions): CaseMemory {
  const { model, saveProbabilities, mode } = options;
  const sumBytes = model.ensemble.sumBytes([model.channels, ...forecast.networkShape]);
  return memoryOfCase(rulesOf(options), forecast, { sumBytes, saveProbabilities, mode });
}

/** Returns why a case is refused; null if it fits, or if that only shows when it is read. */
export function refusalOf(
  { id, forecast }: { id: string; forecast: CaseForecast | null },
  options: PredictFolderOptions,
  room: Room,
): NnUNetError | null {
  if (forecast === null) return null;
  const advice = options.saveProbabilities
    ? ' Without stored probabilities (`saveProbabilities`) it needs less.'
    : undefined;
  return memoryRefusal({ id, forecast, advice }, memoryIn(forecast, options), room);
}
