import { NnUNetError } from '@nnunet/errors';
import type { GridShift } from '@nnunet/volume';

/** One thing that is wrong with a data set. */
export interface DatasetFault {
  /** An error stops planning; a warning is only told; a note tells of something that is right as it is. */
  severity: 'error' | 'warning' | 'note';
  /** The file or folder concerned, relative to the task folder. */
  file: string;
  /** What is wrong, in few words. */
  what: string;
  expected: string;
  found: string;
  /** What to do about it. */
  remedy: string;
  /** Where two files are placed differently: the greatest distance between the same voxel's positions. */
  shift?: GridShift;
}

const HEADINGS = ['file', 'what', 'expected', 'found', 'remedy'] as const;
/** Columns are cut at this width and wrapped. */
const WIDTHS = { file: 36, what: 26, expected: 30, found: 30, remedy: 40 };

/** A plain-text table, one row a fault, long cells wrapped; errors first, then warnings, then notes. */
export function formatFaults(faults: readonly DatasetFault[]): string {
  if (faults.length === 0) return 'No faults found.';
  const parts: string[] = [];
  for (const severity of ['error', 'warning', 'note'] as const) {
    const some = faults.filter((fault) => fault.severity === severity);
    if (some.length === 0) continue;
    parts.push(`${some.length} ${severity}${some.length === 1 ? '' : 's'}`, table(some));
  }
  return parts.join('\n');
}

function table(faults: readonly DatasetFault[]): string {
  const rows = faults.map((fault) => HEADINGS.map((name) => wrap(fault[name], WIDTHS[name])));
  const widths = HEADINGS.map((name, i) =>
    rows.reduce((most, row) => row[i]!.reduce((m, line) => Math.max(m, line.length), most), name.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const lines = [line(HEADINGS), widths.map((width) => '-'.repeat(width)).join('  ')];
  for (const row of rows) {
    const height = row.reduce((most, cell) => Math.max(most, cell.length), 1);
    for (let i = 0; i < height; i++) lines.push(line(row.map((cell) => cell[i] ?? '')));
  }
  return lines.join('\n');
}

/** Breaks at spaces, after '/' or, when a word is too long, anywhere. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text.replace(/\s+/g, ' ').trim();
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const slash = rest.lastIndexOf('/', width - 1) + 1;
    const cut = space > width / 3 ? space : slash > width / 3 ? slash : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  lines.push(rest);
  return lines;
}

/** The same as JSON, for other programs. */
export function faultsToJson(faults: readonly DatasetFault[]): string {
  return `${JSON.stringify(faults, HEADINGS_IN_JSON, 1)}\n`;
}

const HEADINGS_IN_JSON = ['severity', ...HEADINGS, 'shift', 'mm', 'voxels'];

/**
 * Passes when no fault is an error.
 * @throws NnUNetError 'dataset-integrity' with the whole table as message
 */
export function assertIntact(faults: readonly DatasetFault[], where?: string): void {
  if (!faults.some((fault) => fault.severity === 'error')) return;
  throw new NnUNetError('dataset-integrity', {
    what: `the data set is not intact\n${formatFaults(faults)}`,
    where,
    remedy: 'Correct the files named in the table, then check again.',
  });
}
