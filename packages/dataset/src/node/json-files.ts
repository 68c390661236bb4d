import { fileError, readFileBytes, writeFileAtomic } from '@nnunet/tensor/node';
import type { CaseProperties } from '../case-properties.ts';
import { parseCaseProperties } from '../case-properties-schema.ts';
import { type DatasetDescription, parseDatasetDescription } from '../dataset-description.ts';
import type { Fingerprint, IntensityProperties } from '../fingerprint.ts';
import { parseFingerprint, parseIntensityProperties } from '../fingerprint-schema.ts';
import { formatJson } from '../json-with-nan.ts';
import type { Plans } from '../plans.ts';
import { parsePlans } from '../plans-schema.ts';
import { parseSplits, type Split } from '../splits.ts';

/*
 * The JSON files between stages. Every reader checks the schema and throws an NnUNetError that names the file:
 * 'missing-file', 'no-access', 'bad-json', or the tag of its parser. Every writer sorts the keys, writes NaN as null
 * and replaces the file in one step.
 */

export async function readDatasetDescription(path: string): Promise<DatasetDescription> {
  return parseDatasetDescription(await readText(path), path);
}

/** Labels are written in ascending order. */
export async function writeDatasetDescription(path: string, dataset: DatasetDescription): Promise<void> {
  const { labelOrder: _, ...content } = dataset;
  await writeFileAtomic(path, formatJson(content));
}

export async function readPlans(path: string): Promise<Plans> {
  return parsePlans(await readText(path), path);
}

export async function writePlans(path: string, plans: Plans): Promise<void> {
  await writeFileAtomic(path, formatJson(plans));
}

export async function readFingerprint(path: string): Promise<Fingerprint> {
  return parseFingerprint(await readText(path), path);
}

export async function writeFingerprint(path: string, fingerprint: Fingerprint): Promise<void> {
  await writeFileAtomic(path, formatJson(fingerprint));
}

export async function readIntensityProperties(path: string): Promise<Record<string, IntensityProperties>> {
  return parseIntensityProperties(await readText(path), path);
}

export async function writeIntensityProperties(
  path: string,
  statistics: Record<string, IntensityProperties>,
): Promise<void> {
  await writeFileAtomic(path, formatJson(statistics));
}

export async function readCaseProperties(path: string): Promise<CaseProperties> {
  return parseCaseProperties(await readText(path), path);
}

export async function writeCaseProperties(path: string, properties: CaseProperties): Promise<void> {
  await writeFileAtomic(path, formatJson(properties));
}

/** Errors as above, and 'bad-splits'. */
export async function readSplits(path: string): Promise<Split[]> {
  return parseSplits(await readText(path), path);
}

export async function writeSplits(path: string, splits: readonly Split[]): Promise<void> {
  await writeFileAtomic(path, formatJson(splits));
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readFileBytes(path));
  } catch (cause) {
    throw fileError(cause, path);
  }
}
