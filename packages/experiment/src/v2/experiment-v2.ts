import { imagesToPredictV2, isChoiceCurrentV2, readChoiceV2 } from '@nnunet/pipeline/internal';
import type { Roots } from '@nnunet/schema';
import { datasetModelsFolder, joinPath } from '@nnunet/schema/internal';
import { readTrainingV2 } from '@nnunet/trainer/node/internal';
import type { ExperimentRules } from '../experiment-rules.ts';
import { JOB_KINDS } from '../job.ts';
import type { ExperimentSettings } from '../settings.ts';
import { checkDatasetExperiment } from './check-dataset.ts';
import { factsOfDataset } from './dataset-facts.ts';
import { modelsV2 } from './dataset-models.ts';
import { datasetTrainingResults, diceInV2 } from './dataset-results.ts';
import { plannedWorkV2 } from './planned-work-v2.ts';
import { isDatasetPrepared } from './prepared-dataset.ts';
import { mergedFolderV2, predictionFolderV2, wordsV2 } from './words-v2.ts';

/** Datasets of v2. */
export const experimentV2: ExperimentRules = {
  name: 'nnU-Net v2',
  kinds: JOB_KINDS,
  graph: {
    // In the order of nnUNetv2_find_best_configuration.
    configurations: ['2d', '3d_fullres', '3d_lowres', '3d_cascade_fullres'],
    certain: ['2d'],
    firstStages: { '3d_cascade_fullres': '3d_lowres' },
    allNeedsFolds: true,
    trainsBeyond: true,
    postprocesses: true,
  },
  models: modelsV2,
  work: plannedWorkV2,
  results: {
    isPrepared: isDatasetPrepared,
    training: datasetTrainingResults,
    trained: async (file) => (await readTrainingV2(file)).state,
    readChoice: (roots, settings) => readChoiceV2(comparedIn(roots, settings)),
    isCurrent: (choice, { roots, settings }) => isChoiceCurrentV2(comparedIn(roots, settings), choice),
    async imageIds({ settings, facts }) {
      return (await imagesToPredictV2(settings.prediction!.images, facts.fileEnding!)).map(({ id }) => id);
    },
    diceIn: diceInV2,
  },
  experimentsFolder: (roots, dataset) => joinPath(datasetModelsFolder(roots, dataset), 'experiments'),
  // Plans may have any.
  configuration: (name) => name,
  facts: factsOfDataset,
  words: wordsV2,
  predictionFolder: predictionFolderV2,
  mergedFolder: mergedFolderV2,
  check: checkDatasetExperiment,
};

function comparedIn(roots: Roots, { task: dataset, trainer, plansIdentifier: plans }: ExperimentSettings) {
  return { roots, dataset, trainer, plans };
}
