import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { parse } from 'csv-parse/sync';

/** A table of the cases: one row per case, values by column name. */
export interface CaseTable {
  file: string;
  columns: string[];
  /** By case. */
  rows: Map<string, Record<string, string>>;
}

/**
 * Reads a CSV file with a header line, separated by commas, semicolons or tabs (whichever the header has most of).
 *
 * @param caseColumn column with the case ids; default: the first. A trailing `.nii.gz` is removed.
 * @throws NnUNetError 'bad-csv', 'missing-file', …
 */
export async function readCaseTable(file: string, caseColumn?: string): Promise<CaseTable> {
  const text = await readTextFile(file);
  const bad = (what: string, cause?: unknown): NnUNetError =>
    new NnUNetError('bad-csv', { what, where: file, remedy: 'Write one header line and one row per case.', cause });
  let lines: string[][];
  try {
    lines = parse(text, { delimiter: delimiterOf(text), bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    throw bad(messageOf(cause), cause);
  }
  const columns = lines[0] ?? [];
  if (lines.length < 2) throw bad('the table has no rows');
  const at = caseColumn === undefined ? 0 : columnAt(columns, caseColumn, file);
  const rows: CaseTable['rows'] = new Map();
  for (const line of lines.slice(1)) {
    const id = line[at]!.replace(/\.nii\.gz$/, '');
    if (rows.has(id)) throw bad(`the case ${id} has two rows`);
    rows.set(id, Object.fromEntries(columns.map((name, i) => [name, line[i] ?? ''])));
  }
  return { file, columns, rows };
}

/**
 * Returns a column's value per case.
 *
 * @throws NnUNetError 'bad-csv' for an unknown column, or cases without a row or with an empty cell
 */
export function columnOf(table: CaseTable, column: string, cases: readonly string[]): Map<string, string> {
  const name = table.columns[columnAt(table.columns, column, table.file)]!;
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const id of cases) {
    const value = table.rows.get(id)?.[name] ?? '';
    if (value === '') missing.push(id);
    else values.set(id, value);
  }
  if (missing.length > 0) {
    throw new NnUNetError('bad-csv', {
      what: `no value in "${column}" for ${missing.length} of ${cases.length} cases: ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', …' : ''}`,
      where: table.file,
      remedy: 'Every case of the task needs a row with its id and this value.',
    });
  }
  return values;
}

function columnAt(columns: readonly string[], wanted: string, file: string): number {
  const at = columns.indexOf(wanted);
  if (at >= 0) return at;
  throw new NnUNetError('bad-csv', {
    what: `there is no column "${wanted}"`,
    where: file,
    remedy: `Its columns are ${columns.join(', ')}.`,
  });
}

function delimiterOf(text: string): string {
  const heading = text.split(/\r?\n/, 1)[0]!;
  const counts = [',', ';', '\t'].map((mark) => [mark, heading.split(mark).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}
