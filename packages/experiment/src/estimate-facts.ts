import { availableParallelism } from 'node:os';
import { findCases } from '@nnunet/inference/node';
import { type Extensions, loadExtensions } from '@nnunet/pipeline';
import { PRETRAINED_PLANNER, rawTrainingCases } from '@nnunet/pipeline/internal';
import { planExperiment } from '@nnunet/planner';
import type { DatasetDescription, Fingerprint, Plans, Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, learntLabels, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetDescription, readPlans, readSplits } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry, Triple } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';
import { type MachineSpeed, readMachineSpeed } from './estimate-speed.ts';
import { PLANNER_OPTIONS } from './planner-options.ts';
import type { ExperimentSettings } from './settings.ts';
import { plansFileOf } from './task-facts.ts';
import { optionValue } from './typed-arguments.ts';

/** What the time and memory of an experiment's jobs follow from. */
export interface EstimateFacts {
  /** Plans by dimensions; null where nothing is planned. */
  plans: Readonly<Record<Dimensions, Plans | null>>;
  /** Whether the task is not planned yet, and the plans follow from the headers of its images. */
  foreseen: boolean;
  /** Validation cases of each fold of the cross-validation. */
  validationCases: readonly number[];
  /** The images to predict. */
  images: readonly ImageGeometry[];
  speed: MachineSpeed;
  /** Threads that a job has. */
  threads: number;
  extensions: Extensions;
}

type Dimensions = '2D' | '3D';

export interface EstimateFactsOptions {
  /** Where planners and trainers are looked up. Default: the built-in ones. */
  extensions?: Extensions;
  /** Threads that a job has. Default: all. */
  threads?: number;
}

/** Folds of a task that has no splits yet. */
const FOLDS = 5;

/**
 * Reads what the estimates of an experiment follow from: plans, splits, the headers of the images to predict and the
 * logs of its trainings. The plans of a task that is not planned yet are foreseen from the headers of its images. Where
 * nothing is logged yet, measures for half a second how fast this machine computes networks.
 *
 * @throws NnUNetError those of damaged files, and what planning and prediction would be refused for
 */
export async function readEstimateFacts(
  roots: Roots,
  settings: ExperimentSettings,
  { extensions: given, threads = availableParallelism() }: EstimateFactsOptions = {},
): Promise<EstimateFacts> {
  const extensions = given ?? (await loadExtensions([]));
  const stored = {
    '2D': await storedPlans(roots, settings, '2D'),
    '3D': await storedPlans(roots, settings, '3D'),
  };
  const foreseen = stored['2D'] === null && stored['3D'] === null;
  const plans = foreseen ? await foreseePlans(roots, settings, extensions) : stored;
  const any = plans['3D'] ?? plans['2D'];
  return {
    plans,
    foreseen,
    validationCases: any === null ? [] : await validationCases(roots, settings.task, any.original_sizes.length),
    images: any === null ? [] : await imagesOf(settings, any, extensions),
    speed: await readMachineSpeed(roots, settings, { plans, extensions, threads }),
    threads,
    extensions,
  };
}

async function storedPlans(roots: Roots, settings: ExperimentSettings, dimensions: Dimensions): Promise<Plans | null> {
  if (roots.preprocessed === null) return null;
  const file = plansFileOf(roots, settings, dimensions);
  return jsonOrPickleExists(file) ? readPlans(file) : null;
}

/** Plans as they follow from the headers: nothing is cropped, and intensities are unknown. */
async function foreseePlans(
  roots: Roots,
  { task, arguments: { prepare = [] } }: ExperimentSettings,
  { planners }: Extensions,
): Promise<EstimateFacts['plans']> {
  const raw = rawFolder(roots, task);
  const dataset = await readDatasetDescription(joinPath(raw, FILE_NAMES.dataset));
  const images = await geometriesOf(rawTrainingCases(raw, dataset));
  if (images.length === 0) return { '2D': null, '3D': null };
  const fingerprint = fingerprintOf(images, dataset);
  const numberOf = (flag: string) => {
    const text = optionValue(prepare, [flag]);
    return text === undefined ? undefined : Number(text);
  };
  const gpuMemoryTarget = numberOf('--gpu_memory_target');
  const share = numberOf('--how_much_of_a_patient');
  const planned = (dimensions: Dimensions) => {
    const { flags, usual } = PLANNER_OPTIONS[dimensions];
    const asked = optionValue(prepare, flags) ?? usual;
    if (asked === 'None') return null;
    return planExperiment(fingerprint, {
      // The planner that adopts another task's plans is none of the registry; it begins as the usual one.
      planner: planners.get(asked === PRETRAINED_PLANNER ? usual : asked),
      ...(gpuMemoryTarget !== undefined && { gpuMemoryTarget }),
      ...(share !== undefined && { howMuchOfAPatientMustTheNetworkSeeAtStage0: share }),
    });
  };
  return { '2D': planned('2D'), '3D': planned('3D') };
}

function fingerprintOf(images: readonly ImageGeometry[], dataset: DatasetDescription): Fingerprint {
  return {
    all_sizes: images.map(({ shape }) => [...shape]),
    all_spacings: images.map(({ spacing }) => [...spacing]),
    ...learntLabels(dataset),
    modalities: dataset.modality,
    intensityproperties: null,
    size_reductions: Object.fromEntries(images.map((_, i) => [String(i), 1])),
  };
}

async function validationCases(roots: Roots, task: string, cases: number): Promise<number[]> {
  if (roots.preprocessed !== null) {
    const file = joinPath(preprocessedFolder(roots, task), FILE_NAMES.splits);
    if (jsonOrPickleExists(file)) return (await readSplits(file)).map(({ val }) => val.length);
  }
  return Array.from({ length: FOLDS }, (_, fold) => Math.floor(cases / FOLDS) + (fold < cases % FOLDS ? 1 : 0));
}

async function imagesOf(
  { prediction }: ExperimentSettings,
  { num_modalities: modalities }: Plans,
  { formats }: Extensions,
): Promise<ImageGeometry[]> {
  if (prediction === null) return [];
  return geometriesOf((await findCases(prediction.images, modalities, formats)).cases);
}

/** Headers that are read at the same time. */
const AT_ONCE = 16;

/** Reads the geometry of the first image of each case; those of unreadable files and other formats are left out. */
async function geometriesOf(cases: readonly { images: readonly string[] }[]): Promise<ImageGeometry[]> {
  const found: (ImageGeometry | null)[] = [];
  for (let i = 0; i < cases.length; i += AT_ONCE) {
    const some = cases.slice(i, i + AT_ONCE).map(({ images }) => images[0]!);
    found.push(...(await Promise.all(some.map((file) => readGeometry(file).catch(() => null)))));
  }
  return found.filter((geometry) => geometry !== null);
}

/** The training cases as the plans know them: cropped, in image axis order. */
export function casesOfPlans(plans: EstimateFacts['plans']): ImageGeometry[] {
  const { all_sizes: sizes = [], all_spacings: spacings = [] } = (plans['3D'] ?? plans['2D'])?.dataset_properties ?? {};
  return sizes.map((shape, i) => ({
    shape: shape as unknown as Triple,
    spacing: spacings[i] as unknown as Triple,
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  }));
}

export function meanVoxels(images: readonly ImageGeometry[]): number {
  return images.reduce((sum, { shape }) => sum + sizeOf(shape), 0) / Math.max(1, images.length);
}
