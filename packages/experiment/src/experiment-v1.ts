import { isChoiceCurrent, readChoice } from '@nnunet/ensemble/node';
import { findCases } from '@nnunet/inference/node';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { CONFIGURATIONS } from '@nnunet/schema';
import { checkConfiguration, joinPath, needRoot, resultsFolder } from '@nnunet/schema/internal';
import { stateFromJson } from '@nnunet/trainer/internal';
import { checkExperiment } from './check-experiment.ts';
import type { ExperimentRules } from './experiment-rules.ts';
import { JOB_KINDS } from './job.ts';
import { plannedWorkV1 } from './planned-work-v1.ts';
import { isTaskPrepared } from './prepared-task.ts';
import { factsOfTask } from './task-facts.ts';
import { modelsV1 } from './task-models.ts';
import { diceInV1, trainingResults } from './training-results.ts';
import { folderOfPrediction, wordsV1 } from './words-v1.ts';

/** Tasks of v1. */
export const experimentV1: ExperimentRules = {
  name: 'nnU-Net v1',
  // Its commands that predict and merge postprocess, too.
  kinds: JOB_KINDS.filter((kind) => kind !== 'postprocess'),
  graph: {
    configurations: CONFIGURATIONS,
    certain: ['2d', '3d_fullres'],
    firstStages: { '3d_cascade_fullres': '3d_lowres' },
    allNeedsFolds: false,
    trainsBeyond: false,
    postprocesses: false,
  },
  models: modelsV1,
  work: plannedWorkV1,
  results: {
    isPrepared: isTaskPrepared,
    training: trainingResults,
    async trained(file) {
      const { json } = await readCheckpointJson(file);
      return stateFromJson(json.state, file);
    },
    readChoice(roots, { task, trainer, cascadeTrainer, plansIdentifier: plans }) {
      return readChoice(needRoot(roots, 'results'), { task, trainer, cascadeTrainer, plans });
    },
    isCurrent: (choice, { roots }) => isChoiceCurrent(roots.results!, choice),
    async imageIds({ settings, extensions }) {
      // The first modality of every case is enough to know its name.
      const { cases } = await findCases(settings.prediction!.images, 1, extensions.formats);
      return cases.map(({ id }) => id);
    },
    diceIn: diceInV1,
  },
  experimentsFolder: (roots, task) => joinPath(resultsFolder(roots), 'experiments', task),
  configuration: checkConfiguration,
  facts: factsOfTask,
  words: wordsV1,
  predictionFolder: ({ configuration }, output, members) => folderOfPrediction(output, configuration!, members),
  mergedFolder: (output) => output,
  check: checkExperiment,
};
