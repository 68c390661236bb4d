import { colorsOf, cssColor } from '@nnunet/plot/internal';
import { foregroundLabels, type Roots } from '@nnunet/schema';
import { FILE_NAMES, knownRawFolder, preprocessedFolder } from '@nnunet/schema/internal';
import type { TaskFormats } from './node/task-formats.ts';
import type { LabelEntry } from './report-data.ts';
import { ifExists } from './rules/existing-files.ts';
import type { ReportRules, TaskDescription, TaskFolders } from './rules/report-rules.ts';

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
  description: TaskDescription | null;
  /** Ending of its images and label maps, with the dot. */
  fileEnding: string;
  /** How they are read. */
  formats: TaskFormats;
  /** By which its files are found and read. */
  rules: ReportRules;
  /** Foreground labels, ascending; of a task with regions, these in the order of dataset.json. */
  labels: LabelEntry[];
  /** Value of what nobody annotated, which counts nowhere; undefined if everything is annotated. */
  ignoreLabel: number | undefined;
  /** Label value to colour. */
  colors: ReadonlyMap<number, readonly [number, number, number]>;
  /** Per modality, whether intensities are comparable between images: those of CT are. */
  absolute: boolean[];
}

/** Finds the folders of a task. */
export function foldersOf(roots: Roots, task: string): TaskFolders {
  return {
    raw: ifExists(knownRawFolder(roots, task)),
    preprocessed: roots.preprocessed === null ? null : ifExists(preprocessedFolder(roots, task)),
  };
}

interface Opened {
  roots: Roots;
  /** Its whole name. */
  task: string;
  rules: ReportRules;
  fileEnding: string;
  formats: TaskFormats;
  folders: TaskFolders;
  description: TaskDescription | null;
  /** Labels of its models, for tasks whose dataset.json is not available. */
  scored: readonly number[];
}

/** Gathers what every section needs to know of a task. */
export function openTask({ folders, scored, ...known }: Opened): ReportTask {
  const { raw, preprocessed } = folders;
  const { description } = known;
  const values = [...(description === null ? scored : foregroundLabels(description))].sort((a, b) => a - b);
  const colors = colorsOf([0, ...values]);
  return {
    ...known,
    raw,
    preprocessed,
    references: ifExists(preprocessed, FILE_NAMES.groundTruth) ?? ifExists(raw, 'labelsTr'),
    labels:
      regionEntries(description, colors) ??
      values.map((value) => ({
        value,
        name: description?.labels[String(value)]?.trim() || `label ${value}`,
        color: cssColor(colors.get(value)!),
      })),
    ignoreLabel: description?.ignoreLabel,
    colors,
    absolute: (description?.modalities ?? []).map((name) => name.toLowerCase() === 'ct'),
  };
}

/** The regions, each in the colour of the label that it writes; null if there are none. */
function regionEntries(description: TaskDescription | null, colors: ReportTask['colors']): LabelEntry[] | null {
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
