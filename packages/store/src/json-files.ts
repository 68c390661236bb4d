import { dirname, join } from 'node:path';
import {
  type CaseProperties,
  type DatasetDescription,
  type DatasetV2,
  type Fingerprint,
  formatJson,
  type IntensityProperties,
  type Plans,
  parseDatasetDescription,
  parseDatasetV2,
  type Split,
} from '@nnunet/schema';
import {
  checkCaseProperties,
  checkFingerprint,
  checkIntensityProperties,
  checkPlans,
  checkStoredSplits,
  FILE_NAMES,
  formatDatasetDescription,
} from '@nnunet/schema/internal';
import { filesIn, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { readJsonOrPickle } from './v1-pickle.ts';

/*
 * The JSON files between stages. If a file does not exist but v1's pickle of the same base name does (plans.pkl instead
 * of plans.json), the pickle is read; so are paths ending in .pkl. dataset.json has always been JSON. Every reader checks
 * the schema and throws an NnUNetError that names the file: 'missing-file', 'no-access', 'bad-json', 'bad-pickle', or the
 * tag of its parser. Every writer sorts the keys, writes NaN as null and replaces the file atomically.
 */

/** Reads dataset.json of a task. A file of v2, which does not list its cases, has those of the label maps beside it. */
export async function readDatasetDescription(path: string): Promise<DatasetDescription> {
  return parseDatasetDescription(await readTextFile(path), path, await casesBeside(path));
}

async function casesBeside(path: string): Promise<string[] | undefined> {
  for (const folder of ['labelsTr', FILE_NAMES.groundTruth]) {
    const names = await filesIn(join(dirname(path), folder), '.nii.gz').catch(() => null);
    if (names !== null) return names.map((name) => name.slice(0, -'.nii.gz'.length));
  }
  return undefined;
}

/** Reads the dataset.json of nnU-Net v2. Errors as above, and 'bad-dataset'. */
export async function readDatasetV2(path: string): Promise<DatasetV2> {
  return parseDatasetV2(await readTextFile(path), path);
}

/** Writes labels in ascending order. */
export async function writeDatasetDescription(path: string, dataset: DatasetDescription): Promise<void> {
  await writeFileAtomic(path, formatDatasetDescription(dataset));
}

export async function readPlans(path: string): Promise<Plans> {
  const { value, file } = await readJsonOrPickle(path);
  return checkPlans(value, file);
}

export async function writePlans(path: string, plans: Plans): Promise<void> {
  await writeFileAtomic(path, formatJson(plans));
}

export async function readFingerprint(path: string): Promise<Fingerprint> {
  const { value, file } = await readJsonOrPickle(path);
  return checkFingerprint(value, file);
}

export async function writeFingerprint(path: string, fingerprint: Fingerprint): Promise<void> {
  await writeFileAtomic(path, formatJson(fingerprint));
}

export async function readIntensityProperties(path: string): Promise<Record<string, IntensityProperties>> {
  const { value, file } = await readJsonOrPickle(path);
  return checkIntensityProperties(value, file);
}

export async function writeIntensityProperties(
  path: string,
  statistics: Record<string, IntensityProperties>,
): Promise<void> {
  await writeFileAtomic(path, formatJson(statistics));
}

/** Omits v1's class locations; use {@link openPreparedCase} for them. */
export async function readCaseProperties(path: string): Promise<CaseProperties> {
  const { value, file } = await readJsonOrPickle(path, ['class_locations']);
  return checkCaseProperties(value, file);
}

export async function writeCaseProperties(path: string, properties: CaseProperties): Promise<void> {
  await writeFileAtomic(path, formatJson(properties));
}

/** Errors as above, and 'bad-splits'. */
export async function readSplits(path: string): Promise<Split[]> {
  const { value, file } = await readJsonOrPickle(path);
  return checkStoredSplits(value, file);
}

export async function writeSplits(path: string, splits: readonly Split[]): Promise<void> {
  await writeFileAtomic(path, formatJson(splits));
}
