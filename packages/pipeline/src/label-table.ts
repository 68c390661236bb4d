import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { colorsOf, cssColor } from '@nnunet/plot/internal';
import type { Roots } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { labelNamesOf } from './label-names.ts';

/** The table of all label maps of a folder, without file extension: BIDS's name. */
export const TABLE = 'dseg';

/** A label as viewers show it. */
interface LabelRow {
  value: number;
  name: string;
  /** Red, green and blue, 0 to 255. */
  rgb: readonly [number, number, number];
}

/**
 * Gives each named label the colour that it has in the pictures of `nnUNet_plot_predictions` and in reports, in the
 * order of the values.
 */
export function labelTable(names: Readonly<Record<string, string>>): LabelRow[] {
  const values = Object.keys(names).map(Number);
  const colors = colorsOf([0, ...values]);
  return values.sort((a, b) => a - b).map((value) => ({ value, name: names[value]!, rgb: colors.get(value)! }));
}

/** The same for pages: without the background, and with colours of the form `#rrggbb`. */
export function foregroundTable(names: Readonly<Record<string, string>>) {
  return labelTable(names)
    .filter(({ value }) => value !== 0)
    .map(({ value, name, rgb }) => ({ value, name, color: cssColor(rgb) }));
}

/** Files of names and colours, by the ends of their names. */
const forms: Readonly<Record<string, (rows: readonly LabelRow[]) => string>> = {
  '.tsv': tsv,
  '.ctbl': ctbl,
  '.label': label,
};

/**
 * Writes the names and colours of labels for viewers: `<base>.tsv`, as BIDS has them for segmentations, `<base>.ctbl`, a
 * colour table of 3D Slicer, and `<base>.label`, a label description file of ITK-SNAP. Writes nothing if no names are
 * known.
 *
 * @param base path without file extension
 * @param onKept if given, existing files with other content are kept, and passed to it
 */
export async function writeLabelTables(
  base: string,
  names: Readonly<Record<string, string>>,
  onKept?: (file: string) => void,
): Promise<void> {
  const rows = labelTable(names).map((row) => ({ ...row, name: plain(row.name) || `label ${row.value}` }));
  if (rows.length === 0) return;
  for (const [end, form] of Object.entries(forms)) {
    const [file, text] = [base + end, form(rows)];
    const isOther = existsSync(file) && (await readFile(file, 'utf8').catch(() => null)) !== text;
    if (isOther && onKept !== undefined) onKept(file);
    else await writeFileAtomic(file, text);
  }
}

/** The warning about a file that {@link writeLabelTables} keeps. */
export function keptTable(file: string): string {
  return `${file} already exists with other content, and is kept`;
}

/** Where the names of labels may be known. */
export interface LabelSources {
  /** Paths of tables without their file extension, the first of which counts. */
  tables: readonly string[];
  /** A postprocessing.json in the folder of a model or ensemble, which lies in a folder named after its task. */
  postprocessing?: string;
  roots?: Roots;
}

/**
 * Returns the names of labels: from the tables beside the label maps that others are made of, otherwise from dataset.json
 * of the task whose postprocessing is applied. None if neither is there.
 */
export async function knownLabelNames({
  tables,
  postprocessing,
  roots,
}: LabelSources): Promise<Record<string, string>> {
  for (const base of tables) {
    const names = await namesInTable(`${base}.tsv`);
    if (Object.keys(names).length > 0) return names;
  }
  if (postprocessing === undefined || roots === undefined) return {};
  const task = basename(dirname(dirname(resolve(postprocessing))));
  return /^Task\d{3}_/.test(task) ? labelNamesOf(roots, task) : {};
}

/** Reads a table that {@link writeLabelTables} wrote; no names if there is none. */
async function namesInTable(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (!text.startsWith(COLUMNS)) return {};
  const rows = text.slice(COLUMNS.length).split('\n');
  const cells = rows.map((row) => row.split('\t'));
  return Object.fromEntries(
    cells.flatMap(([value = '', name]) => (/^\d+$/.test(value) && name ? [[value, name]] : [])),
  );
}

const COLUMNS = 'index\tname\tcolor\n';

/** A name without what ends it in one of the files. */
function plain(name: string): string {
  return name.replace(/\s+/g, ' ').replaceAll('"', "'").trim();
}

/** Columns apart by tabs; index and name are BIDS's required ones. */
function tsv(rows: readonly LabelRow[]): string {
  return COLUMNS + rows.map(({ value, name, rgb }) => `${[value, name, cssColor(rgb)].join('\t')}\n`).join('');
}

/** Index, name, red, green, blue, opacity (0 to 255), apart by spaces: names must not contain any. */
function ctbl(rows: readonly LabelRow[]): string {
  const lines = rows.map(
    ({ value, name, rgb }) => `${value} ${name.replaceAll(' ', '_')} ${rgb.join(' ')} ${value === 0 ? 0 : 255}\n`,
  );
  return `# Color table file\n# ${rows.length} values\n${lines.join('')}`;
}

/** Index, red, green, blue, opacity (0 to 1), whether to show it in slices and in 3D, and the name in quotation marks. */
function label(rows: readonly LabelRow[]): string {
  const lines = rows.map(({ value, name, rgb }) => {
    const shown = value === 0 ? 0 : 1;
    return `${[value, ...rgb, shown, shown, shown].join(' ')} "${name}"\n`;
  });
  return `# ITK-SnAP Label Description File\n${lines.join('')}`;
}
