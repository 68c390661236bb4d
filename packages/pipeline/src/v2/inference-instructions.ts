/** A model of a dataset, and the configuration that is its first stage if it is a cascade. */
export interface SelectedModel {
  trainer: string;
  plans: string;
  configuration: string;
  previousStage: string | null;
}

export interface Selection {
  /** `DatasetNNN_NAME` */
  dataset: string;
  folds: readonly string[];
  /** One, or those of an ensemble. */
  models: readonly SelectedModel[];
  postprocessingFile: string;
  plansFile: string;
}

const PROCESSES = 8;

/**
 * Formats the commands with which the chosen models predict, merge and postprocess, word by word as v2's
 * inference_instructions.txt. The first stage of a cascade, which v2 forgets, comes before it, and the cascade is given
 * its results.
 */
export function inferenceInstructions({ dataset, folds, models, postprocessingFile, plansFile }: Selection): string {
  const several = models.length > 1;
  const outputs = models.map((_, i) => (several ? `OUTPUT_FOLDER_MODEL_${i + 1}` : 'OUTPUT_FOLDER'));
  const predict = ({ trainer, plans }: SelectedModel, configuration: string, output: string) =>
    `nnUNetv2_predict -d ${dataset} -i INPUT_FOLDER -o ${output} -f  ${folds.join(' ')} -tr ${trainer} -c ${configuration} -p ${plans}`;
  const lines = ['***Run inference like this:***\n'];
  if (several) {
    lines.push(
      'An ensemble won! What a surprise! Run the following commands to run predictions with the ensemble members:\n',
    );
  }
  models.forEach((model, i) => {
    const previous = several ? `OUTPUT_FOLDER_PREV_STAGE_MODEL_${i + 1}` : 'OUTPUT_FOLDER_PREV_STAGE';
    if (model.previousStage !== null) lines.push(predict(model, model.previousStage, previous));
    const given = model.previousStage === null ? '' : ` -prev_stage_predictions ${previous}`;
    lines.push(predict(model, model.configuration, outputs[i]!) + given + (several ? ' --save_probabilities' : ''));
  });
  if (several) {
    lines.push('\nThe run ensembling with:\n');
    lines.push(`nnUNetv2_ensemble -i ${outputs.join(' ')} -o OUTPUT_FOLDER -np ${PROCESSES}`);
  }
  lines.push('\n***Once inference is completed, run postprocessing like this:***\n');
  lines.push(
    `nnUNetv2_apply_postprocessing -i OUTPUT_FOLDER -o OUTPUT_FOLDER_PP -pp_pkl_file ${postprocessingFile} -np ${PROCESSES} -plans_json ${plansFile}`,
  );
  return `${lines.join('\n')}\n`;
}
