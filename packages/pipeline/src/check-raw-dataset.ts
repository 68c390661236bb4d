import { assertIntact, type DatasetFault, faultsToJson } from '@nnunet/dataset';
import type { VerifyOptions } from '@nnunet/dataset/node';
import { counted } from '@nnunet/errors/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { Reporter } from './reporter.ts';
import { tellFaults } from './tell-faults.ts';

export interface CheckOptions {
  /** First read every voxel of the dataset; otherwise only names, headers and dataset.json. */
  verify: boolean;
  /** JSON file for the faults found; also written if there are none. */
  integrityReport?: string;
}

/**
 * Checks a raw dataset, and tells what is wrong with it.
 *
 * @param check by the rules of v1 or v2
 * @throws NnUNetError 'dataset-integrity' with every fault
 */
export async function checkRawDataset<Report extends { faults: DatasetFault[]; files: number }>(
  folder: string,
  check: (how: Pick<VerifyOptions, 'level' | 'onProgress'>) => Promise<Report>,
  { verify, integrityReport, reporter }: CheckOptions & { reporter: Reporter },
): Promise<Report> {
  const what = verify ? 'reading every file' : 'checking files';
  const report = await check({
    level: verify ? 'full' : 'quick',
    onProgress: ({ done, total, file }) => reporter.progress({ what, done, total, note: file }),
  });
  const { faults, files } = report;
  if (files > 0) reporter.progress({ what, done: files, total: files });
  if (integrityReport !== undefined) await writeFileAtomic(integrityReport, faultsToJson(faults));
  assertIntact(faults, folder);
  tellFaults(faults, reporter);
  const warned = faults.some(({ severity }) => severity !== 'note');
  if (verify && !warned) reporter.message(`the dataset is intact: ${counted(files, 'file')}`);
  return report;
}
