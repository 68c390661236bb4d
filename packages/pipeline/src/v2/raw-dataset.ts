import { type PathVariables, type RawCaseV2, rawCasesV2, verifyDatasetV2 } from '@nnunet/dataset/node';
import { listed } from '@nnunet/errors/internal';
import { reorientsV2 } from '@nnunet/preprocess/internal';
import { type RawState, settleCases, stateOfRawCase } from '@nnunet/preprocess/node/internal';
import type { DatasetV2, Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { builtWorker } from '@nnunet/threads/node';
import type { ImageFormats } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';
import { filesBeside } from '@nnunet/volume/node/internal';
import { allInOrder } from '../all-in-order.ts';
import { type CheckOptions, checkRawDataset } from '../check-raw-dataset.ts';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import type { Reporter } from '../reporter.ts';
import { type WorkedCase, type WorkOnCase, workOnCase } from './case-work.ts';
import { formatsOfReader, readerOfDataset, spacingNotices } from './reader-formats.ts';

/** What every step on datasets of v2 takes. */
export interface DatasetOptions {
  roots: Roots;
  /** Variables that paths in dataset.json may name. */
  variables?: PathVariables;
  /** Where formats, normalisation schemes and planners of v2 are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'formats' | 'normalizations' | 'plannersV2'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** A raw dataset of v2 without faults. */
export interface RawDataset {
  /** `DatasetNNN_NAME` */
  name: string;
  /** Raw folder. */
  folder: string;
  /** `<preprocessed>/DatasetNNN_NAME` */
  prepared: string;
  description: DatasetV2;
  /** In v2's order. */
  cases: readonly RawCaseV2[];
  /** v2's class that reads the images. */
  reader: string;
  /** Whether it turns them to RAS. */
  reorients: boolean;
  /** Those needed to read them. */
  formats: ImageFormats;
}

/**
 * Checks a raw dataset of v2, and tells what is wrong with it.
 *
 * @throws NnUNetError 'dataset-integrity' with every fault; 'unsupported-reader' for images that cannot be read yet,
 * 'missing-package' if they need the optional package
 */
export async function openDataset(
  name: string,
  { roots, variables, extensions = shippedExtensions, reporter, signal }: DatasetOptions,
  check: CheckOptions,
): Promise<RawDataset> {
  const folder = rawFolder(roots, name);
  const where = joinPath(folder, FILE_NAMES.dataset);
  // What makes dataset.json unreadable is told by the check.
  const description = await readDatasetV2(where).catch(() => null);
  const reading =
    description && (await readingOfDataset(description, { folder, variables, known: extensions.formats }));
  const { cases } = await checkRawDataset(
    folder,
    (how) =>
      verifyDatasetV2({
        ...how,
        folder,
        formats: reading?.formats,
        severalPerFile: reading?.reader === 'NaturalImage2DIO',
        variables,
        signal,
      }),
    { ...check, reporter },
  );
  const paths = cases.flatMap(({ images, labels }) => [...images, labels]);
  for (const notice of await spacingNotices(reading!.reader, paths, extensions.formats)) reporter.warning(notice);
  return { name, folder, prepared: preprocessedFolder(roots, name), description: description!, ...reading!, cases };
}

/**
 * Says how the images of a raw dataset are read, and which they are, without checking them: none if they cannot be
 * listed.
 *
 * @param known the formats, besides those of the optional package
 * @throws NnUNetError 'unsupported-reader', 'missing-package'
 */
export async function readingOfDataset(
  description: DatasetV2,
  { folder, variables, known }: { folder: string; variables?: PathVariables | undefined; known: ImageFormats },
): Promise<Pick<RawDataset, 'cases' | 'reader' | 'reorients' | 'formats'>> {
  const { fileEnding, files } = description;
  const where = joinPath(folder, FILE_NAMES.dataset);
  const cases = await rawCasesV2(folder, description, variables).catch(() => []);
  const reader = await readerOfDataset(description, where, { firstImage: cases[0]?.images[0], known });
  const reorients = reorientsV2(reader, where);
  const paths = files === null ? [fileEnding] : [...files.values()].flatMap(({ images, label }) => [...images, label]);
  return { cases, reader, reorients, formats: await formatsOfReader(reader, paths, known) };
}

/** The current files of each case, by its name. */
export type RawStates = ReadonlyMap<string, RawState>;

/** @throws NnUNetError 'missing-file', 'no-access' */
export async function statesOf(
  { folder, cases, formats }: RawDataset,
  { signal }: { signal?: AbortSignal | undefined },
): Promise<RawStates> {
  const states = new Map<string, RawState>();
  for (const { id, images, labels } of cases) {
    const beside = await allInOrder([...images, labels].map((path) => filesBeside(path, formats)));
    const files = [...new Set([...images, ...beside.flat()])];
    states.set(id, await stateOfRawCase({ id, images: files, labels }, { folder, signal }));
  }
  return states;
}

export interface WorkOptions {
  dataset: RawDataset;
  cases: readonly RawCaseV2[];
  states: RawStates;
  taskOf(id: string): WorkOnCase['task'];
  /** Threads. */
  workers: number;
  onProgress: (progress: { id: string; done: number; total: number }) => void;
}

/**
 * Works on cases in threads. A failed case does not stop the others.
 *
 * @throws as `runCaseJobs` of preprocess
 */
export async function workOnCases(
  { dataset, cases, states, taskOf, workers, onProgress }: WorkOptions,
  { extensions = shippedExtensions, reporter, signal }: DatasetOptions,
): Promise<WorkedCase[]> {
  const { formats, normalizations } = extensions;
  const jobs: WorkOnCase[] = [];
  for (const { id, images, labels } of cases) {
    jobs.push({
      id,
      images,
      labels,
      memory: await memoryOf(images[0]!, dataset),
      stamps: states.get(id)!.stamps,
      reader: dataset.reader,
      labelValues: dataset.description.labels,
      plugins: [...new Set([...formats.modules, ...normalizations.modules])],
      task: taskOf(id),
    });
  }
  const outcomes = await settleCases(jobs, {
    work: workOnCase,
    worker: () => builtWorker(import.meta.url, 'case-v2-worker'),
    workers,
    signal,
    onProgress,
  });
  const notices = outcomes.flatMap((outcome) => outcome.notices);
  if (notices.length > 0) reporter.warning(listed(notices, 10, '\n'));
  return outcomes;
}

/** Memory beyond the arrays: the thread itself and slabs of the resampling. */
const OVERHEAD = 320 * 2 ** 20;
/** Arrays of a case at a time: as read, cropped, normalised and resampled. */
const COPIES = 4;

/** Approximate peak memory of the work on a case, in bytes, if its voxels are about as many after resampling. */
async function memoryOf(image: string, { description, formats }: RawDataset): Promise<number> {
  const { shape } = await readGeometry(image, formats);
  return OVERHEAD + 4 * COPIES * (description.channelNames.length + 1) * shape.reduce((a, b) => a * b, 1);
}
