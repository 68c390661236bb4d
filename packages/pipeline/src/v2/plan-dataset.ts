import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { type ExperimentPlansV2, type PlannerOptionsV2, planExperimentV2 } from '@nnunet/planner/v2';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES, formatJsonV2, joinPath } from '@nnunet/schema/internal';
import { readSplits } from '@nnunet/store';
import { copyFileAtomic, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { shippedExtensions } from '../extensions.ts';
import { plannedInWords } from '../preparation-rules.ts';
import { readFingerprintV2 } from './fingerprint-dataset.ts';
import type { DatasetOptions, RawDataset } from './raw-dataset.ts';

export interface PlanOptions
  extends Pick<PlannerOptionsV2, 'gpuMemoryTarget' | 'targetSpacing' | 'plansName' | 'preprocessorName'> {
  /** Name of a planner of v2. Default: ExperimentPlanner. */
  planner?: string;
}

/**
 * Plans the experiment of a dataset from its fingerprint, and writes `<preprocessed>/<dataset>/<plans name>.json` as v2
 * does, next to copies of dataset.json and of the splits of the raw folder. Configurations that an existing file of the
 * same name holds besides, such as the user's own, are kept.
 *
 * @returns the plans, without configurations that were kept
 * @throws NnUNetError 'missing-file' without a fingerprint, 'unknown-planner', 'bad-fingerprint', 'bad-splits' if the
 * splits of both folders differ
 */
export async function planDataset(
  { name, folder, prepared, description, reader }: RawDataset,
  { planner, gpuMemoryTarget, targetSpacing, plansName, preprocessorName }: PlanOptions,
  { extensions = shippedExtensions, reporter }: DatasetOptions,
): Promise<ExperimentPlansV2> {
  const file = joinPath(prepared, FILE_NAMES.fingerprintV2);
  const fingerprint = await readFingerprintV2(file);
  if (fingerprint === null) {
    throw new NnUNetError('missing-file', {
      what: 'there is no fingerprint of the dataset, from which plans are made',
      where: file,
      remedy: `Extract it first: nnUNetv2_extract_fingerprint \`datasets\` ${name}`,
    });
  }
  const { channelNames, labelEntries, numTraining } = description;
  const plans = planExperimentV2(
    fingerprint,
    { name, channelNames, labelEntries, numTraining, imageReader: reader },
    { planner, planners: extensions.plannersV2, gpuMemoryTarget, targetSpacing, plansName, preprocessorName },
  );
  await mkdir(prepared, { recursive: true });
  await copyFileAtomic(joinPath(folder, FILE_NAMES.dataset), joinPath(prepared, FILE_NAMES.dataset));
  await takeSplits(folder, prepared);
  const plansFile = joinPath(prepared, `${plans.plans_name}.json`);
  const kept = await otherConfigurations(plansFile, plans);
  await writeFileAtomic(
    plansFile,
    formatJsonV2({ ...plans, configurations: { ...plans.configurations, ...Object.fromEntries(kept) } }),
  );
  for (const [configuration, planned] of Object.entries(plans.configurations)) {
    if ('patch_size' in planned) reporter.message(plannedInWords(configuration, planned));
  }
  if (kept.length > 0)
    reporter.message(`${plansFile} keeps configurations that it had before: ${listed(kept.map(([own]) => own))}`);
  return plans;
}

/** The configurations of existing plans that the new ones do not have. */
async function otherConfigurations(file: string, { configurations }: ExperimentPlansV2): Promise<[string, unknown][]> {
  if (!existsSync(file)) return [];
  const old = Object(
    (parseJsonWithNaN(await readTextFile(file), file) as { configurations?: unknown } | null)?.configurations,
  );
  return Object.entries(old).filter(([name]) => !Object.hasOwn(configurations, name));
}

/** Copies the splits of the raw folder if there are none yet; otherwise both must say the same. */
async function takeSplits(folder: string, prepared: string): Promise<void> {
  const [from, to] = [folder, prepared].map((place) => joinPath(place, FILE_NAMES.splits)) as [string, string];
  if (!existsSync(from)) return;
  if (!existsSync(to)) return copyFileAtomic(from, to);
  const [given, used] = await Promise.all([readSplits(from), readSplits(to)]);
  const set = (ids: readonly string[] = []) => [...ids].sort().join();
  const other = given.findIndex(
    ({ train, val }, fold) => set(train) !== set(used[fold]?.train) || set(val) !== set(used[fold]?.val),
  );
  if (other < 0) return;
  throw new NnUNetError('bad-splits', {
    what: `fold ${other} is not that of ${to}`,
    where: from,
    remedy: 'Delete the file that is wrong. Models trained on the other one must be trained again.',
  });
}
