import { NnUNetError } from '@nnunet/errors';

/** Base names of other files in the folders of cropped, prepared and predicted cases. */
const TAKEN: ReadonlySet<string> = new Set([
  'dataset',
  'dataset_properties',
  'intensityproperties',
  'made-from',
  'plans',
  'postprocessing',
  'splits_final',
  'summary',
]);

/** Suffixes of additional files of a case. */
const ENDINGS = ['_locations', '_segFromPrevStage'] as const;

/** Explains why a name is not valid for a case; null if it is. */
export function caseIdProblem(id: string): string | null {
  if (id === '') return 'is empty';
  if (/[/\\]/.test(id)) return 'holds a slash';
  if (id.startsWith('.')) return 'starts with a dot; such files are hidden and ignored';
  if (TAKEN.has(id.toLowerCase())) return `is also the name of a file of this program (${id}.json)`;
  const ending = ENDINGS.find((end) => id.toLowerCase().endsWith(end.toLowerCase()));
  return ending === undefined ? null : `ends in ${ending}, like files of this program`;
}

/** @throws NnUNetError 'bad-case-id' for a name used by the program's own files */
export function requireCaseId(id: string, where?: string): void {
  const problem = caseIdProblem(id);
  if (problem === null) return;
  throw new NnUNetError('bad-case-id', {
    what: `"${id}" cannot be the name of a case: it ${problem}`,
    where,
    remedy: `Rename its files, e.g. case_${id.replace(/[/\\.]/g, '') || '1'}_0000.nii.gz.`,
  });
}
