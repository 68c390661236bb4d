import { existsSync } from 'node:fs';
import { colorsOf, cssColor } from '@nnunet/plot/internal';
import { type DatasetDescription, foregroundLabels, modalityCount, type Roots } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import type { LabelEntry } from './report-data.ts';

/** A task with what every section needs to know of it. */
export interface ReportTask {
  roots: Roots;
  /** Its whole name. */
  task: string;
  /** Raw task folder; null if it is not available. */
  raw: string | null;
  /** Preprocessed task folder; null if it is not available. */
  preprocessed: string | null;
  /** Folder of reference label maps; null if there is none. */
  references: string | null;
  /** From the raw or the preprocessed folder; null if it is in neither. */
  description: DatasetDescription | null;
  /** Foreground labels, ascending; of a task with regions, these in the order of dataset.json. */
  labels: LabelEntry[];
  /** Value of what nobody annotated, which counts nowhere; undefined if everything is annotated. */
  ignoreLabel: number | undefined;
  /** Label value to colour. */
  colors: ReadonlyMap<number, readonly [number, number, number]>;
  /** Per modality, whether intensities are comparable between images: those of CT are. */
  absolute: boolean[];
}

/**
 * Finds the folders of a task.
 *
 * @param task its whole name
 * @param scored labels of its models, for tasks whose dataset.json is not available
 * @throws NnUNetError 'bad-dataset-json'
 */
export async function openTask(roots: Roots, task: string, scored: readonly number[]): Promise<ReportTask> {
  const raw = roots.rawBase === null ? null : ifExists(rawFolder(roots, task));
  const preprocessed = roots.preprocessed === null ? null : ifExists(preprocessedFolder(roots, task));
  const described = [raw, preprocessed].flatMap((folder) =>
    folder === null ? [] : (ifExists(joinPath(folder, FILE_NAMES.dataset)) ?? []),
  )[0];
  const description = described === undefined ? null : await readDatasetDescription(described);
  const values = [...(description === null ? scored : foregroundLabels(description))].sort((a, b) => a - b);
  const colors = colorsOf([0, ...values]);
  return {
    roots,
    task,
    raw,
    preprocessed,
    references:
      (preprocessed && ifExists(joinPath(preprocessed, FILE_NAMES.groundTruth))) ??
      (raw && ifExists(joinPath(raw, 'labelsTr'))),
    description,
    labels:
      regionEntries(description, colors) ??
      values.map((value) => ({
        value,
        name: description?.labels[String(value)]?.trim() || `label ${value}`,
        color: cssColor(colors.get(value)!),
      })),
    ignoreLabel: description?.ignoreLabel,
    colors,
    absolute: Array.from(
      { length: description === null ? 0 : modalityCount(description) },
      (_, m) => description!.modality[String(m)]!.toLowerCase() === 'ct',
    ),
  };
}

/** The regions, each in the colour of the label that it writes; null if there are none. */
function regionEntries(description: DatasetDescription | null, colors: ReportTask['colors']): LabelEntry[] | null {
  const { regions, regions_class_order: order } = description ?? {};
  if (regions === undefined || order === undefined) return null;
  return regions.map(({ name, values }, i) => ({
    value: name,
    labels: values,
    writes: order[i]!,
    name,
    color: cssColor(colors.get(order[i]!) ?? colors.get(values[0]!)!),
  }));
}

/** The path of what exists; else null. */
export function ifExists(path: string): string | null {
  return existsSync(path) ? path : null;
}
