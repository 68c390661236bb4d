import { usageError } from '@nnunet/errors';
import { counted, requireInteger } from '@nnunet/errors/internal';
import { shippedPlannersV2 } from '@nnunet/planner/v2';
import { resolveDataset } from '@nnunet/store/internal';
import type { CheckOptions } from '../check-raw-dataset.ts';
import { shippedExtensions } from '../extensions.ts';
import type { PreparationRules } from '../preparation-rules.ts';
import { type DatasetFingerprintOptions, fingerprintDataset } from './fingerprint-dataset.ts';
import { type PlanOptions, planDataset } from './plan-dataset.ts';
import { CONFIGURATIONS_V2, type PreprocessOptions, preprocessDataset } from './preprocess-dataset.ts';
import { type DatasetOptions, openDataset, type RawDataset, statesOf } from './raw-dataset.ts';

export interface DatasetsOptions extends DatasetOptions {
  /** Ids or names, such as 121 or Dataset121_Regions. */
  datasets: readonly (string | number)[];
}

export interface ExtractFingerprintsOptions extends DatasetsOptions, DatasetFingerprintOptions, CheckOptions {}

export interface PlanExperimentsOptions extends DatasetsOptions, PlanOptions {}

export interface PreprocessDatasetsOptions extends DatasetsOptions, PreprocessOptions {}

export interface PlanAndPreprocessDatasetsOptions
  extends DatasetsOptions,
    CheckOptions,
    DatasetFingerprintOptions,
    PlanOptions,
    Omit<PreprocessOptions, 'plansName'> {
  /** If false, only plan. */
  preprocess: boolean;
}

/** v1's planners unless told otherwise, in whose place v2's default plans datasets of v2. */
const DEFAULT_V1 = 'ExperimentPlanner3D_v21';

/** Plans and prepares datasets of v2 by v2's rules: fingerprint, one planner for all configurations, preprocess. */
export const rulesV2: PreparationRules = {
  name: 'nnU-Net v2',
  async preparation({ planner3d, planner2d, extensions, overwritePlans, howMuchOfAPatient }) {
    if (overwritePlans !== undefined || howMuchOfAPatient !== undefined) {
      const option = overwritePlans === undefined ? 'howMuchOfAPatientMustTheNetworkSeeAtStage0' : 'overwritePlans';
      throw usageError({ what: `\`${option}\` is an option for tasks of v1; datasets of v2 have none like it` });
    }
    const planner = planner3d === null || planner3d === DEFAULT_V1 ? undefined : planner3d;
    const plannersV2 = extensions?.plannersV2 ?? shippedPlannersV2;
    if (planner !== undefined) plannersV2.get(planner);
    const all = planner2d !== null && planner3d !== null;
    const wanted = CONFIGURATIONS_V2.filter((name) => (name === '2d' ? planner2d : planner3d) !== null);
    const configurations = all ? undefined : wanted;
    return async (task, options) => {
      const { workersFullres, workersLowres, preprocess, gpuMemoryTarget } = options;
      const own = {
        ...options,
        extensions: { ...shippedExtensions, ...options.extensions, plannersV2 },
        planner,
        gpuMemoryTarget,
        clean: false,
        fingerprintWorkers: workersFullres,
        preprocess,
        configurations,
        workers: (configurations ?? CONFIGURATIONS_V2).map((name) =>
          name === '3d_lowres' ? workersLowres : workersFullres,
        ),
      };
      const dataset = await openDataset(task, own, options);
      await planAndPreprocessDataset(dataset, own);
      return dataset.prepared;
    };
  },
};

const UNREAD: CheckOptions = { verify: false };

/** Implements nnUNetv2_extract_fingerprint. Returns the preprocessed folders of the datasets. */
export async function extractFingerprintsV2(options: ExtractFingerprintsOptions): Promise<string[]> {
  requireWorkers(options);
  return eachDataset(options, options, async (dataset) => {
    await fingerprintDataset(dataset, await statesOf(dataset, options), options, options);
  });
}

/** Implements nnUNetv2_plan_experiment. Returns the preprocessed folders of the datasets. */
export async function planExperimentsV2(options: PlanExperimentsOptions): Promise<string[]> {
  requirePlanner(options);
  return eachDataset(options, UNREAD, async (dataset) => {
    await planDataset(dataset, options, options);
  });
}

/** Implements nnUNetv2_preprocess. Returns the preprocessed folders of the datasets. */
export async function preprocessDatasetsV2(options: PreprocessDatasetsOptions): Promise<string[]> {
  requireWorkers(options);
  return eachDataset(options, UNREAD, async (dataset) => {
    await preprocessDataset(dataset, await statesOf(dataset, options), options, options);
  });
}

/**
 * Implements nnUNetv2_plan_and_preprocess: checks each dataset, extracts its fingerprint, plans the experiment and
 * prepares the training data. Returns the preprocessed folders of the datasets.
 */
export async function planAndPreprocessDatasetsV2(options: PlanAndPreprocessDatasetsOptions): Promise<string[]> {
  requirePlanner(options);
  requireWorkers(options);
  return eachDataset(options, options, (dataset) => planAndPreprocessDataset(dataset, options));
}

/** @throws NnUNetError 'unknown-planner' */
function requirePlanner({
  planner,
  extensions = shippedExtensions,
}: Pick<PlanExperimentsOptions, 'planner' | 'extensions'>) {
  if (planner !== undefined) extensions.plannersV2.get(planner);
}

/** @throws NnUNetError 'usage' */
function requireWorkers({
  fingerprintWorkers,
  workers = [],
  configurations = CONFIGURATIONS_V2,
}: Partial<DatasetFingerprintOptions & PreprocessOptions>): void {
  requireInteger('fingerprintWorkers', fingerprintWorkers, 1);
  for (const number of workers) requireInteger('workers', number, 1);
  if (workers.length <= 1 || workers.length === configurations.length) return;
  throw usageError({
    what: `${workers.length} numbers of \`workers\` for ${counted(configurations.length, 'configuration')}`,
    remedy: 'Give one number for all, or one per configuration.',
  });
}

async function planAndPreprocessDataset(
  dataset: RawDataset,
  options: Omit<PlanAndPreprocessDatasetsOptions, 'datasets' | keyof CheckOptions>,
): Promise<void> {
  const states = await statesOf(dataset, options);
  await fingerprintDataset(dataset, states, options, options);
  const { plans_name: plansName } = await planDataset(dataset, options, options);
  if (options.preprocess) await preprocessDataset(dataset, states, { ...options, plansName }, options);
}

/** Opens one dataset after the other. All names are looked up before the first. */
async function eachDataset(
  options: DatasetsOptions,
  check: CheckOptions,
  work: (dataset: RawDataset) => Promise<void>,
): Promise<string[]> {
  const names: string[] = [];
  for (const dataset of options.datasets)
    names.push(await resolveDataset(dataset, options.roots, 'nnUNet_plan_and_preprocess -t TASK'));
  const folders: string[] = [];
  for (const name of names) {
    options.reporter.message(`${name} (rules of ${rulesV2.name})`);
    const dataset = await openDataset(name, options, check);
    await work(dataset);
    folders.push(dataset.prepared);
  }
  return folders;
}
