import { groupFaults } from '@nnunet/dataset';
import { listed } from '@nnunet/errors/internal';
import { significant } from '../in-words.ts';
import type { MeasuredCase } from '../node/measure-cases.ts';
import type { DatasetCase } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import type { ReportRules } from '../rules/report-rules.ts';
import { isOutside, OUTLIER, robustScale, robustScore } from './robust-scale.ts';
import { type TrainingNorms, unlikeTraining } from './training-norms.ts';

/** Number of sentences about cases that are unlike the others, at most. */
const MOST_ODDITIES = 20;

/** Checks the files of a raw task, without reading all voxels, and returns what is wrong in sentences. */
export async function faultsOfFiles(
  { rules }: Pick<ReportTask, 'rules'>,
  raw: string,
  options: Parameters<ReportRules['verify']>[1],
): Promise<string[]> {
  const faults = await rules.verify(raw, options);
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
  return shortened(odd.map(({ text }) => text));
}

/** Factors by which spacings and intensities may differ without a remark. */
const LEAST = { spacing: Math.log(1.2), intensity: Math.log(3) };

/** Names the cases whose voxels or intensities are of another size than those of the others. */
export function oddImages(cases: readonly DatasetCase[], modalities: readonly string[]): string[] {
  const spacings = ['z', 'y', 'x'].flatMap((axis, i) =>
    outliers(
      cases.map(({ id, spacing }) => ({ id, value: spacing[i]! })),
      LEAST.spacing,
      (value, range) =>
        `The spacing along ${axis}, ${significant(value)} mm, is unlike that of the others (${range} mm).`,
    ),
  );
  const intensities = modalities.flatMap((name, m) =>
    outliers(
      cases.map(({ id, intensities }) => ({ id, value: intensities[m]?.[1] ?? Number.NaN })),
      LEAST.intensity,
      (value, range) =>
        `The median intensity of ${name}, ${significant(value)}, is of another size than in the others (${range}).`,
    ),
  );
  return [...spacings, ...intensities];
}

/** Compares positive values by their factors; the most unusual first. */
function outliers(
  cases: readonly { id: string; value: number }[],
  least: number,
  say: (value: number, range: string) => string,
): string[] {
  const positive = cases.filter(({ value }) => value > 0);
  const scale = robustScale(
    positive.map(({ value }) => Math.log(value)),
    least / OUTLIER,
  );
  if (scale === null) return [];
  const range = [scale.low, scale.high].map((value) => significant(Math.exp(value)));
  const odd = positive
    .map(({ id, value }) => ({ id, value, score: Math.abs(robustScore(Math.log(value), scale)) }))
    .filter(({ value, score }) => score > OUTLIER && isOutside(Math.log(value), scale, least))
    .sort((a, b) => b.score - a.score)
    .map(({ id, value }) => `${id}: ${say(value, [...new Set(range)].join(' to '))}`);
  return shortened(odd);
}

function shortened(sentences: readonly string[]): string[] {
  const more = sentences.length - MOST_ODDITIES;
  return [...sentences.slice(0, MOST_ODDITIES), ...(more > 0 ? [`${more} more cases are unlike the others.`] : [])];
}
