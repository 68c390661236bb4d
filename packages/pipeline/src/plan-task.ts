import { mkdir, readdir } from 'node:fs/promises';
import { verifyDataset } from '@nnunet/dataset/node';
import { extractFingerprint } from '@nnunet/fingerprint';
import { preprocessorFor } from '@nnunet/preprocess';
import { readCroppedCases } from '@nnunet/preprocess/node';
import { type DatasetDescription, declaredLabels, type Fingerprint } from '@nnunet/schema';
import {
  croppedFolder,
  DEFAULT_PLANS_IDENTIFIER,
  FILE_NAMES,
  joinPath,
  learntLabels,
  needRoot,
  preprocessedFolder,
  rawFolder,
} from '@nnunet/schema/internal';
import { withLock, writeFingerprint, writePlans } from '@nnunet/store';
import { writeIntensityProperties } from '@nnunet/store/internal';
import { copyFileAtomic } from '@nnunet/tensor/node/internal';
import { checkRawDataset } from './check-raw-dataset.ts';
import { type ChosenPlanner, choosePlanners, makePlans } from './choose-planners.ts';
import { cropDataset, removeOthers } from './crop-dataset.ts';
import { shippedExtensions } from './extensions.ts';
import { requireNifti } from './image-formats.ts';
import { type PlanAndPreprocessOptions, type PreparationRules, plannedInWords } from './preparation-rules.ts';
import { prepareStage } from './prepare-stage.ts';
import { rawTrainingCases } from './raw-cases.ts';

/** Plans and prepares tasks of v1 by v1's rules: crop, fingerprint, a planner each for 3D and 2D, preprocess. */
export const rulesV1: PreparationRules = {
  name: 'nnU-Net v1',
  async preparation(options) {
    needRoot(options.roots, 'rawBase');
    needRoot(options.roots, 'preprocessed');
    const planners = await choosePlanners(options, options.extensions?.planners);
    return (task, own) => planTask(task, planners, own);
  },
};

async function planTask(
  task: string,
  planners: readonly ChosenPlanner[],
  options: PlanAndPreprocessOptions,
): Promise<string> {
  const { roots, reporter, signal } = options;
  const raw = rawFolder(roots, task);
  const cropped = croppedFolder(roots, task);
  const prepared = preprocessedFolder(roots, task);
  await requireNifti(raw, (options.extensions ?? shippedExtensions).formats);
  const { strictGeometry } = options;
  const report = await checkRawDataset(
    raw,
    (how) => verifyDataset({ ...how, taskFolder: raw, strictGeometry, signal }),
    options,
  );
  const dataset = report.dataset!;
  await mkdir(prepared, { recursive: true });
  await mkdir(cropped, { recursive: true });

  const cases = rawTrainingCases(raw, dataset);
  const ids = cases.map((c) => c.id);
  const tell = (text: string) => reporter.message(text);
  // The 2D and 3D plans of a task are often made by two concurrent jobs: they share the steps before.
  const fingerprint = await withLock(
    joinPath(cropped, '.planning.lock'),
    { purpose: `the cropping of ${task}`, onTakeOver: tell, onWait: tell, signal },
    async (signal) => {
      await cropDataset({
        rawFolder: raw,
        cases,
        croppedFolder: cropped,
        labels: declaredLabels(dataset),
        workers: options.workersFullres,
        reporter,
        signal,
      });
      const taken = await takeFingerprint(dataset, ids, cropped, {
        ...options,
        signal,
        intensities: planners.some(({ planner }) => planner.collectsIntensities),
      });
      await copyFileAtomic(joinPath(raw, FILE_NAMES.dataset), joinPath(cropped, FILE_NAMES.dataset));
      await copyFileAtomic(joinPath(raw, FILE_NAMES.dataset), joinPath(prepared, FILE_NAMES.dataset));
      await writeFingerprint(joinPath(prepared, FILE_NAMES.fingerprint), taken);
      await mirrorFolder(joinPath(cropped, FILE_NAMES.groundTruth), joinPath(prepared, FILE_NAMES.groundTruth));
      return taken;
    },
  );

  for (const planner of planners) {
    await planAndPrepare(planner, { fingerprint, ids, cropped, prepared }, options);
  }
  return prepared;
}

async function takeFingerprint(
  dataset: DatasetDescription,
  ids: readonly string[],
  cropped: string,
  { reporter, signal, intensities }: PlanAndPreprocessOptions & { intensities: boolean },
): Promise<Fingerprint> {
  const { all_classes: classes, ...labels } = learntLabels(dataset);
  const fingerprint = await extractFingerprint(
    readCroppedCases(cropped, ids),
    { modalities: dataset.modality, classes, ...labels },
    {
      ...(intensities && { intensities }),
      signal,
      onProgress: ({ id, done }) => reporter.progress({ what: 'fingerprint', done, total: ids.length, note: id }),
    },
  );
  await writeFingerprint(joinPath(cropped, FILE_NAMES.fingerprint), fingerprint);
  if (fingerprint.intensityproperties !== null) {
    await writeIntensityProperties(joinPath(cropped, FILE_NAMES.intensityProperties), fingerprint.intensityproperties);
  }
  return fingerprint;
}

async function planAndPrepare(
  chosen: ChosenPlanner,
  {
    fingerprint,
    ids,
    cropped,
    prepared,
  }: { fingerprint: Fingerprint; ids: string[]; cropped: string; prepared: string },
  options: PlanAndPreprocessOptions,
): Promise<void> {
  const { preprocess, workersLowres, workersFullres, extensions = shippedExtensions, reporter, signal } = options;
  const { dimensions, fileName, identifier, plans, runsPreprocessing } = makePlans(chosen, {
    fingerprint,
    listOfNpzFiles: ids.map((id) => joinPath(cropped, `${id}.npz`)),
    preprocessedDataFolder: prepared,
    gpuMemoryTarget: options.gpuMemoryTarget,
    howMuchOfAPatient: options.howMuchOfAPatient,
  });
  // Plans with a name that nothing has would be refused only later.
  preprocessorFor(plans, extensions.preprocessors, extensions.normalizations);
  if (plans.architecture !== undefined) extensions.architectures?.get(plans.architecture);
  await writePlans(joinPath(prepared, fileName), plans);
  const stages = Object.entries(plans.plans_per_stage);
  for (const [stage, planned] of stages)
    reporter.message(plannedInWords(`${dimensions} stage ${stage}`, { ...planned, spacing: planned.current_spacing }));
  if (identifier !== DEFAULT_PLANS_IDENTIFIER)
    reporter.message(`train on these with nnUNet_train \`plansIdentifier\` ${identifier}`);
  if (!preprocess || !runsPreprocessing) return;
  for (let stage = 0; stage < stages.length; stage++) {
    const workers = stages.length > 1 && stage === 0 ? workersLowres : workersFullres;
    await prepareStage({
      plans,
      stage,
      cases: ids,
      croppedFolder: cropped,
      taskFolder: prepared,
      workers,
      preprocessors: extensions.preprocessors,
      normalizations: extensions.normalizations,
      reporter,
      signal,
    });
  }
}

/** Makes a folder's content equal to another's, file by file, so that concurrent readers find every file. */
async function mirrorFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const names = await readdir(from);
  for (const name of names) await copyFileAtomic(joinPath(from, name), joinPath(to, name));
  await removeOthers(to, new Set(names));
}
