import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { configurationV2 } from '@nnunet/network/internal';
import { ownReaderV2, type PreprocessingV2, preprocessingOfPlansV2, reorientsV2 } from '@nnunet/preprocess/internal';
import { RULES } from '@nnunet/preprocess/node/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { listCases, withLock } from '@nnunet/store';
import {
  checkMadeFrom,
  hasCasesOfV2,
  hashFile,
  hashSettings,
  readDatasetV2,
  readMadeFrom,
} from '@nnunet/store/internal';
import { copyFileAtomic, readTextFile } from '@nnunet/tensor/node/internal';
import { removeOthers } from '../crop-dataset.ts';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { prepareFolder } from '../prepare-folder.ts';
import { type DatasetOptions, type RawDataset, type RawStates, workOnCases } from './raw-dataset.ts';
import { copyImage } from './reader-formats.ts';

/** What v2 prepares unless told otherwise; the cascade uses the cases of 3d_fullres. */
export const CONFIGURATIONS_V2 = ['2d', '3d_fullres', '3d_lowres'] as const;

export interface PreprocessOptions {
  /** Default: nnUNetPlans. */
  plansName?: string;
  /** Those that the plans lack are skipped. Default: 2d, 3d_fullres and 3d_lowres. */
  configurations?: readonly string[];
  /** Threads, for all configurations or for each of them. */
  workers: readonly number[];
}

/**
 * Prepares all cases of a dataset for configurations of its plans, in `<preprocessed>/<dataset>/<data identifier>`, and
 * copies the label maps to gt_segmentations. Complete cases that were made from the same files with the same settings
 * are kept, also those of another planner with the same data identifier.
 *
 * @throws NnUNetError 'missing-file' without plans, 'bad-plans', 'unknown-normalization', 'cases-failed', …
 */
export async function preprocessDataset(
  dataset: RawDataset,
  states: RawStates,
  { plansName = 'nnUNetPlans', configurations, workers }: PreprocessOptions,
  options: DatasetOptions,
): Promise<void> {
  const { folder, prepared, cases } = dataset;
  const { reporter } = options;
  const plans = await readPlans(dataset, plansName);
  await copyFileAtomic(joinPath(folder, FILE_NAMES.dataset), joinPath(prepared, FILE_NAMES.dataset));
  const done = new Set<string>();
  for (const [i, configuration] of (configurations ?? CONFIGURATIONS_V2).entries()) {
    if (!Object.hasOwn(plans.content.configurations, configuration)) {
      // Few datasets have all of the usual ones.
      if (configurations !== undefined)
        reporter.message(`${plansName} has no configuration ${configuration}; it is skipped`);
      continue;
    }
    const stage = stageOf(dataset.description.channelNames.length, plans, configuration, options);
    if (done.has(stage.identifier)) continue;
    done.add(stage.identifier);
    await prepareConfiguration(dataset, states, { ...stage, workers: workers[i] ?? workers[0]! }, options);
  }
  const references = joinPath(prepared, FILE_NAMES.groundTruth);
  await mkdir(references, { recursive: true });
  const names = new Set<string>();
  for (const { id, labels } of cases) {
    const copy = joinPath(references, id + dataset.description.fileEnding);
    for (const path of await copyImage(labels, copy, dataset.formats)) names.add(basename(path));
  }
  await removeOthers(references, names);
}

/** Plans of v2. */
export interface PlansFile {
  file: string;
  content: { configurations: Record<string, Record<string, unknown>> } & Record<string, unknown>;
}

async function readPlans({ name, prepared }: RawDataset, plansName: string): Promise<PlansFile> {
  const file = joinPath(prepared, `${plansName}.json`);
  if (!existsSync(file)) {
    throw new NnUNetError('missing-file', {
      what: 'there are no plans of this name',
      where: file,
      remedy: `Check \`plansName\`, or plan first: nnUNetv2_plan_experiment \`datasets\` ${name}`,
    });
  }
  const content = Object(parseJsonWithNaN(await readTextFile(file), file));
  if (typeof content.configurations === 'object' && content.configurations !== null) return { file, content };
  throw badPlans(file, 'the key "configurations" expected');
}

/** What prepared cases of a configuration are made with. */
interface Stage {
  /** Name of the folder. */
  identifier: string;
  settings: PreprocessingV2;
}

function stageOf(
  channels: number,
  { file, content }: PlansFile,
  configuration: string,
  { extensions = shippedExtensions }: Pick<DatasetOptions, 'extensions'>,
): Stage {
  const own = { ...configurationV2(content, configuration, file) } as Record<string, unknown>;
  const { data_identifier: identifier, preprocessor_name: preprocessor = PREPROCESSOR } = own;
  if (typeof identifier !== 'string' || !/^[^/\\.][^/\\]*$/.test(identifier))
    throw badPlans(file, '"data_identifier": the name of a folder expected');
  if (preprocessor !== PREPROCESSOR) {
    throw new NnUNetError('unknown-preprocessor', {
      what: `there is no preprocessor "${preprocessor}" of nnU-Net v2`,
      where: file,
      remedy: `The only one is ${PREPROCESSOR}; correct "preprocessor_name".`,
    });
  }
  const settings = preprocessingOfPlansV2(content, own, channels, file);
  // A name that nothing has would otherwise fail in every case.
  for (const scheme of settings.normalizationSchemes) extensions.normalizations.get(scheme);
  return { identifier, settings };
}

const PREPROCESSOR = 'DefaultPreprocessor';

async function prepareConfiguration(
  dataset: RawDataset,
  states: RawStates,
  { identifier, settings, workers }: Stage & { workers: number },
  options: DatasetOptions,
): Promise<void> {
  const { prepared, cases, description, reader, reorients } = dataset;
  const { extensions = shippedExtensions, reporter } = options;
  const folder = joinPath(prepared, identifier);
  if (await hasCasesOfV2(folder)) {
    reporter.warning(
      `${folder}: nnU-Net v2 has prepared cases here, too, and refuses a folder with cases of both forms. To keep its own, plan under another name (nnUNetv2_plan_experiment -overwrite_plans_name).`,
    );
  }
  const plans = await settingsHash({
    settings,
    description,
    reader,
    reorients,
    normalizations: extensions.normalizations,
  });
  const sourcesOf = (id: string) => ({ ...states.get(id)!.hashes, ...RULES, plans });
  const tell = (text: string) => reporter.message(text);
  await withLock(
    joinPath(prepared, `.${identifier}.lock`),
    { purpose: `the preprocessing of ${identifier}`, onTakeOver: tell, onWait: tell, signal: options.signal },
    (signal) =>
      prepareFolder({
        folder,
        cases: cases.map(({ id }) => id),
        sources: { sources: { plans, 'raw cases': hashSettings([...states].map(([id, { hashes }]) => [id, hashes])) } },
        sourcesOf: async (id) => sourcesOf(id),
        prepare: async (pending, madeFrom, onProgress) => {
          await workOnCases(
            {
              dataset,
              cases: cases.filter(({ id }) => pending.includes(id)),
              states,
              taskOf: (id) => ({ kind: 'prepare', settings, folder, madeFrom: madeFrom[id]! }),
              workers,
              onProgress,
            },
            { ...options, signal },
          );
        },
        reporter,
        signal,
      }),
  );
}

interface PreparedWith extends Pick<RawDataset, 'description' | 'reader' | 'reorients'> {
  settings: PreprocessingV2;
  normalizations: Extensions['normalizations'];
}

/** What determines a prepared case apart from the raw one, as one hash. */
async function settingsHash({
  settings,
  description,
  reader,
  reorients,
  normalizations,
}: PreparedWith): Promise<string> {
  const plugins: string[] = [];
  for (const file of normalizations.modules) plugins.push(await hashFile(file));
  // Probabilities are restored with settings of their own, which change nothing here.
  const { resampleProbabilities: _, ...own } = settings;
  return hashSettings({ ...own, labels: description.labels, reorients, ...readerSetting(reader), plugins });
}

export interface PreparedV2 {
  /** `<preprocessed>/<dataset>` */
  prepared: string;
  plans: PlansFile;
  configuration: string;
  extensions?: Pick<Extensions, 'normalizations'>;
}

/**
 * Refuses prepared cases of a configuration that are missing, unfinished, or made with other plans than the present ones.
 * The raw images are not read. Returns their folder.
 *
 * @throws NnUNetError 'missing-file', 'unfinished', 'stale', 'bad-plans', …
 */
export async function requirePreparedV2(options: PreparedV2): Promise<string> {
  const { prepared, plans, configuration, extensions = shippedExtensions } = options;
  const description = await readDatasetV2(joinPath(prepared, FILE_NAMES.dataset));
  const stage = stageOf(description.channelNames.length, plans, configuration, {
    extensions: { ...shippedExtensions, ...extensions },
  });
  const reader = String(plans.content.image_reader_writer);
  const reorients = reorientsV2(reader, plans.file);
  const { normalizations } = extensions;
  const hash = await settingsHash({ settings: stage.settings, description, reader, reorients, normalizations });
  const folder = joinPath(prepared, stage.identifier);
  await listCases(folder);
  const recorded = await readMadeFrom(folder);
  await checkMadeFrom(folder, { sources: { ...recorded?.sources, plans: hash } });
  return folder;
}

/** The same file is another image to readers that read it in ways of their own. */
function readerSetting(reader: string): { reader?: string } {
  return ownReaderV2(reader) === null ? {} : { reader };
}

function badPlans(where: string, what: string): NnUNetError {
  return new NnUNetError('bad-plans', { what, where, remedy: 'Correct the plans, or plan again.' });
}
