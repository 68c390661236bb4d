import { mkdir } from 'node:fs/promises';
import { isNnUNetError } from '@nnunet/errors';
import { fingerprintOfSamplesV2 } from '@nnunet/fingerprint/v2';
import type { FingerprintV2 } from '@nnunet/schema';
import { FILE_NAMES, formatJsonV2, joinPath, parseFingerprintV2 } from '@nnunet/schema/internal';
import { compareMadeFrom, hashFile, type MadeFrom, readMadeFrom, writeMadeFrom } from '@nnunet/store/internal';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type DatasetOptions, type RawDataset, type RawStates, workOnCases } from './raw-dataset.ts';

export interface DatasetFingerprintOptions {
  /** Extract it even if it exists. */
  clean: boolean;
  /** Threads. */
  fingerprintWorkers: number;
}

/**
 * Extracts the fingerprint of a dataset to `<preprocessed>/<dataset>/dataset_fingerprint.json`, and records what it was
 * made from. One that was made from the same data is kept, and so is one without a record, such as v2's own.
 *
 * @throws NnUNetError 'no-foreground', 'not-finite', 'cases-failed', …
 */
export async function fingerprintDataset(
  dataset: RawDataset,
  states: RawStates,
  { clean, fingerprintWorkers }: DatasetFingerprintOptions,
  options: DatasetOptions,
): Promise<FingerprintV2> {
  const { prepared, cases, description } = dataset;
  const { reporter } = options;
  const file = joinPath(prepared, FILE_NAMES.fingerprintV2);
  const sources: MadeFrom = {
    sources: { 'dataset.json': await hashFile(joinPath(dataset.folder, FILE_NAMES.dataset)) },
  };
  for (const { hashes } of states.values()) Object.assign(sources.sources, hashes);
  const existing = clean ? null : await readFingerprintV2(file);
  if (existing !== null) {
    const recorded = await readMadeFrom(prepared);
    if (recorded === null) {
      reporter.message(
        `${file} has no record of what it was made from; it is used as it is (nnUNetv2_extract_fingerprint \`clean\` makes it again)`,
      );
      return existing;
    }
    const { changed, added, removed } = compareMadeFrom(recorded, sources);
    const number = changed.length + added.length + removed.length;
    if (number === 0) {
      reporter.message('the fingerprint was made from the same data and is kept');
      return existing;
    }
    reporter.message(
      `the data have changed (${[...changed, ...added, ...removed][0]}${number > 1 ? ', …' : ''}): the fingerprint is made again`,
    );
  }
  const { length } = cases;
  const outcomes = await workOnCases(
    {
      dataset,
      cases,
      states,
      taskOf: () => ({ kind: 'sample', cases: length, channels: description.channelNames.length }),
      workers: fingerprintWorkers,
      onProgress: ({ id, done, total }) => reporter.progress({ what: 'fingerprint', done, total, note: id }),
    },
    options,
  );
  const fingerprint = fingerprintOfSamplesV2(outcomes.map(({ sample }) => sample!));
  await mkdir(prepared, { recursive: true });
  await writeFileAtomic(file, formatJsonV2(fingerprint));
  await writeMadeFrom(prepared, sources);
  return fingerprint;
}

/**
 * Reads the fingerprint of a dataset of v2; null if there is none.
 * @throws NnUNetError 'bad-json', 'bad-fingerprint'
 */
export async function readFingerprintV2(file: string): Promise<FingerprintV2 | null> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    if (isNnUNetError(cause, 'missing-file')) return null;
    throw cause;
  });
  return text === null ? null : parseFingerprintV2(text, file);
}
