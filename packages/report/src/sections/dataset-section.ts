import type { PathVariables } from '@nnunet/dataset/node';
import type { Reporter } from '@nnunet/pipeline';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { readFingerprint } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import type { ImageFormats, ImageGeometry } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';
import { classOf } from '../label-class.ts';
import { failuresInWords, type MeasuredCase, measureCases } from '../node/measure-cases.ts';
import { FLAT_READER, formatsOfTask, inPixels } from '../node/task-formats.ts';
import { drawGallery, evenly } from '../pictures/gallery.ts';
import type { DatasetCase, DatasetSection } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';
import type { TaskCase } from '../rules/case-files.ts';
import { taskCases } from '../task-cases.ts';
import { faultsOfFiles, oddCases, oddImages } from './dataset-faults.ts';
import { type TrainingNorms, trainingNorms } from './training-norms.ts';

/** Number of label maps, and of images, that are read at most, so that a task of 1,000 cases does not take hours. */
const MOST_LABEL_MAPS = 300;
const MOST_IMAGES = 60;

export interface SectionOptions {
  /** Variables that paths in a dataset.json of v2 may name. */
  variables?: PathVariables;
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** The data of a task, and what is usual in it. */
export interface DescribedData {
  section: DatasetSection | null;
  norms: TrainingNorms;
  files: TaskCase[];
}

/** Describes the data set of a task; the section is null if there are no label maps at hand. */
export async function describeData(
  task: ReportTask,
  options: SectionOptions & { known: ImageFormats },
): Promise<DescribedData> {
  const { workers, reporter, signal, variables } = options;
  const files = await taskCases(task);
  const labelled = evenly(
    files.filter(({ labelFile }) => labelFile !== null),
    MOST_LABEL_MAPS,
  );
  if (labelled.length === 0) return { section: null, norms: {}, files };
  const withImages = new Set(
    evenly(
      labelled.filter(({ images }) => images.length > 0),
      MOST_IMAGES,
    ),
  );
  const { measured, failed } = await measureCases(
    labelled.map((entry) => ({
      id: entry.id,
      labelFile: entry.labelFile!,
      images: withImages.has(entry) ? entry.images : [],
      absolute: task.absolute,
      classes: task.labels.map(classOf),
      formats: task.formats,
    })),
    {
      workers,
      signal,
      onProgress: ({ item, done, total }) =>
        reporter.progress({ what: 'measuring label maps', done, total, note: item.id }),
    },
  );
  const modalities = task.description?.modalities ?? [];
  const norms = trainingNorms(
    measured,
    task.labels,
    modalities.map((name, m) => ({ name, absolute: task.absolute[m]! })),
  );
  const faults =
    task.raw === null || task.description === null
      ? []
      : await faultsOfFiles(task, task.raw, {
          variables,
          known: options.known,
          signal,
          onProgress: ({ done, total, file }) => reporter.progress({ what: 'checking files', done, total, note: file }),
        });
  const cases = await caseRows(task, files, measured, signal);
  const section = {
    name: task.description?.name || task.task,
    modalities,
    labels: task.labels,
    cases,
    faults: [
      ...faults,
      ...failuresInWords(failed),
      ...oddImages(
        cases.filter(({ training }) => training),
        modalities,
      ),
      ...oddCases(measured, norms),
    ],
    notes: [
      ...notesOf(files, measured, withImages.size),
      ...(task.formats.reader === FLAT_READER ? [FLAT] : []),
      ...(task.ignoreLabel === undefined ? [] : [SPARSE]),
    ],
    gallery: await drawGallery(task, files, measured),
  };
  // What is annotated of a label says little of the whole of it, which is predicted.
  return { section, norms: task.ignoreLabel === undefined ? norms : {}, files };
}

const FLAT = 'The images are flat and have no spacing: lengths are in pixels, and in volumes a pixel counts as 1 mm³.';

const SPARSE =
  'Voxels without annotation count nowhere: volumes are of what is annotated, and scores leave the others out.';

/** Cases whose geometry cannot be read are left out: the check of the files names them. */
async function caseRows(
  task: ReportTask,
  files: readonly TaskCase[],
  measured: readonly MeasuredCase[],
  signal?: AbortSignal,
): Promise<DatasetCase[]> {
  const byId = new Map(measured.map((entry) => [entry.id, entry]));
  const statistics = await storedStatistics(task);
  const rows: DatasetCase[] = [];
  for (const { id, training, images, labelFile } of files) {
    signal?.throwIfAborted();
    const entry = training ? byId.get(id) : undefined;
    const file = images[0] ?? labelFile;
    const geometry = entry ?? (file === null ? null : await geometryOf(file, task).catch(() => null));
    if (geometry === null) continue;
    rows.push({
      id,
      training,
      shape: [...geometry.shape],
      spacing: [...geometry.spacing],
      intensities: task.absolute.map((_, m) => (training ? statistics(m, id) : null) ?? entry?.intensities[m] ?? null),
      volumes: task.labels.map(({ value }) => entry?.labels[value]?.volume ?? null),
    });
  }
  return rows;
}

async function geometryOf(file: string, { formats: kind }: ReportTask): Promise<ImageGeometry> {
  return inPixels(await readGeometry(file, await formatsOfTask(kind, [file])), kind);
}

/** Returns the foreground percentiles that planning stored, which it does for CT. */
async function storedStatistics({
  preprocessed,
}: ReportTask): Promise<(modality: number, id: string) => [number, number, number] | null> {
  const file = preprocessed === null ? null : joinPath(preprocessed, FILE_NAMES.fingerprint);
  const fingerprint = file !== null && jsonOrPickleExists(file) ? await readFingerprint(file) : null;
  return (modality, id) => {
    const local = fingerprint?.intensityproperties?.[modality]?.local_props[id];
    return local === undefined ? null : [local.percentile_00_5, local.median, local.percentile_99_5];
  };
}

function notesOf(files: readonly TaskCase[], measured: readonly MeasuredCase[], images: number): string[] {
  const labelled = files.filter(({ labelFile }) => labelFile !== null).length;
  const pictured = files.filter(({ labelFile, images }) => labelFile !== null && images.length > 0).length;
  return [
    ...(measured.length < labelled ? [`Label volumes are those of ${measured.length} of ${labelled} cases.`] : []),
    ...(images < pictured
      ? [`Intensities are those of ${images} of ${pictured} images, read at equal distances.`]
      : []),
    'Intensities are those of the foreground voxels.',
  ];
}
