import { join } from 'node:path';
import { type Configuration, resolveRoots } from '@nnunet/schema';
import { modelFolder } from '@nnunet/schema/internal';
import { temporaryFolder } from '@nnunet/testing';
import { planAndPreprocess } from './plan-and-preprocess.ts';
import { predict } from './predict.ts';
import type { PredictImagesOptions } from './predict-options.ts';
import { listener, writeSmallTask } from './small-task.fixture.ts';
import { type TrainModelOptions, trainTask } from './train-task.ts';
import { usualTraining } from './usual-training.fixture.ts';

/**
 * Sets up a small task of two cases in temporary folders, with plans of two resolutions, and the steps that tests
 * perform on it: trainings of one iteration and quick predictions of its one test image. Call it at the top of a test
 * file.
 */
export function smallExperiment() {
  const task = 'Task900_Balls';
  const plans = 'nnUNetPlansv2.1_gpu0.1GB';
  const reporter = listener();
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data', task);
  return {
    task,
    plans,
    reporter,
    root,
    roots,
    raw,

    /** Folder of the model of nnUNetTrainerV2. */
    folderOf: (configuration: string) => modelFolder(roots, { configuration, task, trainer: 'nnUNetTrainerV2', plans }),

    /** Writes, plans and preprocesses the task. */
    async prepare(): Promise<void> {
      await writeSmallTask(raw, 2);
      await planAndPreprocess({
        roots,
        taskIds: ['900'],
        planner3d: 'ExperimentPlanner3D_v21',
        planner2d: null,
        preprocess: true,
        workersLowres: 1,
        workersFullres: 1,
        verify: false,
        gpuMemoryTarget: 0.1,
        howMuchOfAPatient: 0.9,
        reporter,
      });
    },

    train: (configuration: Configuration, fold: string, more: Partial<TrainModelOptions> = {}) =>
      trainTask({
        ...usualTraining,
        roots,
        configuration,
        trainer: configuration === '3d_cascade_fullres' ? 'nnUNetTrainerV2CascadeFullRes' : 'nnUNetTrainerV2',
        task: '900',
        fold,
        plansIdentifier: plans,
        settings: { epochs: 1, iterationsPerEpoch: 1, batchSize: 1 },
        workers: 0,
        reporter,
        ...more,
      }),

    predictTest: (outputFolder: string, configuration: Configuration, more: Partial<PredictImagesOptions> = {}) =>
      predict({
        roots,
        inputFolder: join(raw, 'imagesTs'),
        outputFolder: join(root, outputFolder),
        task,
        trainer: 'nnUNetTrainerV2',
        configuration,
        plansIdentifier: plans,
        checkpoint: 'model_final_checkpoint',
        saveSoftmax: false,
        partId: 0,
        numParts: 1,
        mirrorAxes: [],
        overwrite: false,
        stepSize: 1,
        reporter,
        ...more,
      }),
  };
}
