import { groupFaults } from '@nnunet/dataset';
import { verifyDataset } from '@nnunet/dataset/node';
import { listed } from '@nnunet/errors/internal';
import type { MeasuredCase } from './node/measure-cases.ts';
import { type TrainingNorms, unlikeTraining } from './training-norms.ts';

/** Number of sentences about cases that are unlike the others, at most. */
const MOST_ODDITIES = 20;

/** Checks the files of a raw task, without reading all voxels, and returns what is wrong in sentences. */
export async function faultsOfFiles(
  taskFolder: string,
  options: { signal?: AbortSignal; onProgress: (progress: { done: number; total: number; file: string }) => void },
): Promise<string[]> {
  const { faults } = await verifyDataset({ taskFolder, level: 'quick', ...options });
  return groupFaults(faults.filter(({ severity }) => severity !== 'note')).map((group) => {
    const [first] = group;
    const files = [...new Set(group.map(({ file }) => file))];
    const kind = first.severity === 'error' ? 'Error' : 'Warning';
    return `${kind}: ${first.what}: expected ${first.expected}; found ${first.found} (${listed(files, 5)}). ${first.remedy}`;
  });
}

/** Names the training cases whose label maps are most unlike the others. */
export function oddCases(cases: readonly MeasuredCase[], norms: TrainingNorms): string[] {
  const odd = cases.flatMap(({ id, labels }) => {
    const [worst] = unlikeTraining(labels, norms);
    return worst === undefined ? [] : [{ severity: worst.severity, text: `${id}: ${worst.text}` }];
  });
  odd.sort((a, b) => b.severity - a.severity);
  const more = odd.length - MOST_ODDITIES;
  return [
    ...odd.slice(0, MOST_ODDITIES).map(({ text }) => text),
    ...(more > 0 ? [`${more} more cases are unlike the others.`] : []),
  ];
}
