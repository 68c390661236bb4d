import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { colorsOf } from '@nnunet/plot/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';

/** A label as viewers show it. */
export interface LabelRow {
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

/**
 * Writes the names and colours of labels for viewers: `<base>.tsv`, as BIDS has them for segmentations, and
 * `<base>.ctbl`, a colour table of 3D Slicer. Writes nothing if no names are known.
 *
 * @param base path without file extension
 * @param onKept if given, existing files with other content are kept, and passed to it
 */
export async function writeLabelTables(
  base: string,
  names: Readonly<Record<string, string>>,
  onKept?: (file: string) => void,
): Promise<void> {
  const rows = labelTable(names);
  if (rows.length === 0) return;
  for (const [file, text] of [
    [`${base}.tsv`, tsv(rows)],
    [`${base}.ctbl`, ctbl(rows)],
  ] as const) {
    const isOther = existsSync(file) && (await readFile(file, 'utf8').catch(() => null)) !== text;
    if (isOther && onKept !== undefined) onKept(file);
    else await writeFileAtomic(file, text);
  }
}

function tsv(rows: readonly LabelRow[]): string {
  const lines = rows.map(({ value, name, rgb }) => [value, name.replace(/\s/g, ' '), hex(rgb)].join('\t'));
  return `index\tname\tcolor\n${lines.join('\n')}\n`;
}

function ctbl(rows: readonly LabelRow[]): string {
  // Names end at a space.
  const lines = rows.map(
    ({ value, name, rgb }) => `${value} ${name.replace(/\s/g, '_')} ${rgb.join(' ')} ${value === 0 ? 0 : 255}`,
  );
  return `# Color table file\n# ${rows.length} values\n${lines.join('\n')}\n`;
}

/** `#rrggbb` */
export function hex(rgb: LabelRow['rgb']): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
