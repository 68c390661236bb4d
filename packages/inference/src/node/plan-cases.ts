import { nonzeroBox } from '@nnunet/morphology';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry } from '@nnunet/volume';
import { readGeometry, readVolume } from '@nnunet/volume/node';
import { type CaseForecast, forecastCase } from '../case-forecast.ts';
import { secondsBeside } from '../forecast-time.ts';
import { countEvaluations } from '../place-tiles.ts';
import type { InputCase } from './find-cases.ts';
import type { PredictFolderOptions } from './folder-options.ts';

type Shape = readonly number[];

/** A case, and what its header tells. */
export interface ForeseenCase extends InputCase {
  geometry: ImageGeometry | null;
  /** null where the image tells nothing before it is read. */
  forecast: CaseForecast | null;
  /** Of each fold's network, where they can be counted: as if nothing were cropped away. */
  evaluations: number | null;
}

export interface PlannedCase extends ForeseenCase {
  /** Seconds that it should take; null as long as nothing is known. */
  seconds: number | null;
}

/** Looks at the images' headers. A case that cannot be read is found out when its turn comes. */
export async function foreseeCases(
  cases: readonly InputCase[],
  options: PredictFolderOptions,
): Promise<ForeseenCase[]> {
  const foreseen: ForeseenCase[] = [];
  for (const input of cases) {
    const file = input.images[0]!;
    const geometry = /\.nii(\.gz)?$/i.test(file) ? await readGeometry(file).catch(() => null) : null;
    const found = geometry === null ? null : forecastCase(options.model.rules, geometry);
    // Too thin for the model's spacing: preparing it says so.
    const forecast = found?.networkShape.includes(0) ? null : found;
    const evaluations = forecast === null ? null : evaluationsOf(forecast.networkShape, options);
    foreseen.push({ ...input, geometry, forecast, evaluations });
  }
  return foreseen;
}

/** Evaluations of a fold's network. @param networkShape (z, y, x) */
export function evaluationsOf(networkShape: Shape, { model, ...options }: PredictFolderOptions): number {
  return countEvaluations(model.ensemble.placement([model.channels, ...networkShape], options));
}

/**
 * Seconds that a case takes.
 * @param shapes (z, y, x) of the image, and of what the network sees
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

/** Reading images in advance, to see what is cropped away, may take this share of the whole, or so many seconds. */
const LOOK_SHARE = 0.01;
const LOOK_SECONDS = 0.1;

/**
 * How long the cases should take. Tiles are placed on what is left of an image when the frame of zeros around it is cropped
 * away. That shows in its voxels: some cases are read for it, and the others taken to be like them.
 * @param secondsPerEvaluation of all folds together
 */
export async function planCases(
  cases: readonly ForeseenCase[],
  options: PredictFolderOptions,
  secondsPerEvaluation: number,
): Promise<PlannedCase[]> {
  const planned = cases.map((one): PlannedCase => {
    const seconds = one.forecast === null ? null : secondsOf(one.forecast, options, secondsPerEvaluation);
    return { ...one, seconds };
  });
  const whole = planned.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const until = performance.now() + 1000 * Math.max(LOOK_SECONDS, LOOK_SHARE * whole);
  const seen = { before: 0, after: 0, seconds: 0, cropped: 0 };
  const unseen = new Set(planned.filter(({ forecast }) => forecast !== null));
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
  if (seen.before === 0) return planned;
  for (const one of unseen) {
    one.evaluations = Math.max(1, Math.round((one.evaluations! * seen.after) / seen.before));
    one.seconds! *= seen.cropped / seen.seconds;
  }
  return planned;
}

/** The list in an order whose beginning stands for the whole, wherever it ends. */
function spread<T>(list: readonly T[]): T[] {
  const place = (i: number) => (i * 0.6180339887) % 1;
  return list
    .map((item, i) => ({ item, at: place(i) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** (z, y, x) of what the network sees of a case, as far as its first image tells; null where that cannot be read. */
async function croppedShape(
  { images, geometry }: ForeseenCase,
  { model }: PredictFolderOptions,
): Promise<Shape | null> {
  const volume = await readVolume(images[0]!).catch(() => null);
  if (volume === null || sizeOf(volume.shape) !== volume.data.length) return null;
  const box = nonzeroBox([volume.data], volume.shape);
  if (box === null) return null;
  const shape = box.map(([from, to]) => to - from) as [number, number, number];
  return forecastCase(model.rules, { ...geometry!, shape }).networkShape;
}
