const training = {
  batchSize: '--batch_size',
  continueTraining: '-c',
  device: '--device',
  'evaluate: false': '--disable_validation_inference',
  maxMemory: '--max_memory',
  plansIdentifier: '-p',
  'predictNextStage: false': '--disable_next_stage_pred',
  pretrainedWeights: '-pretrained_weights',
  saveSoftmax: '--npz',
  validateBest: '--valbest',
  validationOnly: '-val',
};

/** Flags of the commands by the options of the functions that they call, as far as messages name these. */
export const optionFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nnUNet_train: training,
  nnUNet_train_DP: training,
  nnUNet_train_DDP: training,
  nnUNet_predict: {
    configuration: '-m',
    device: '--device',
    lowresSegmentations: '-l',
    maxMemory: '--max_memory',
    modelFolder: '--model_folder',
    overwrite: '--overwrite_existing',
    previousStageFolder: '-l',
    saveProbabilities: '-z',
    saveSoftmax: '-z',
    task: '-t',
  },
  nnUNet_plan_and_preprocess: {
    gpuMemoryTarget: '--gpu_memory_target',
    overwritePlans: '-overwrite_plans',
    overwritePlansIdentifier: '-overwrite_plans_identifier',
    planner3d: '-pl3d',
    verify: '--verify_dataset_integrity',
  },
  nnUNet_find_best_configuration: {
    allowMissingPostprocessing: '--allow_missing_pp',
    device: '--device',
    disableEnsembling: '--disable_ensembling',
    folds: '-f',
    models: '-m',
    plansIdentifier: '-pl',
    rescore: '--rescore',
    trainer: '-tr',
  },
  nnUNet_determine_postprocessing: { plansIdentifier: '-pl', rescore: '--rescore', trainer: '-tr' },
  nnUNet_export_model_to_zip: {
    cascadeTrainer: '-trc',
    folds: '-f',
    keepMomenta: '--keep_momenta',
    models: '-m',
    plansIdentifier: '-pl',
    'strict: false': '--disable_strict',
    task: '-t',
    trainer: '-tr',
  },
  nnUNet_convert_decathlon_task: { concurrency: '-p', outputTaskId: '-output_task_id' },
  nnUNet_download_pretrained_model: { catalogueFile: '--catalogue' },
  nnUNet_ensemble: { maxMemory: '--max_memory', threads: '-t' },
  nnUNet_evaluate_folder: { labels: '-l', predictions: '-pred', reference: '-ref' },
  nnUNet_explain_plans: { plansIdentifier: '-p' },
  nnUNet_generate_dataset_json: { folder: '-i', labels: '-l', overwrite: '--overwrite', task: '-t' },
  nnUNet_import_images: { input: '-i', output: '-o', patterns: '--pattern' },
  nnUNet_plot_predictions: { modality: '-modality_idx' },
  nnUNet_plot_task_pngs: { modality: '-modality_idx', raw: '--use_raw' },
  nnUNet_print_pretrained_model_info: { catalogueFile: '--catalogue' },
  nnUNet_repair_dataset: {
    copyGeometry: '--copy_geometry',
    nanToZero: '--nan_to_zero',
    outputTaskId: '-output_task_id',
  },
  nnUNet_splits: {
    checkTaskSplits: '--check',
    folds: '--folds',
    groupColumn: '--group_column',
    groupPattern: '--group_regex',
    overwrite: '--overwrite',
    table: '--csv',
  },
};

/**
 * A message of a library with flags where it names options: `batchSize` in backquotes becomes --batch_size. A name stands
 * for an option of the command that the message names last before it, otherwise of the one that runs, otherwise of any.
 */
export function withFlags(message: string, running: string): string {
  return message.replaceAll(/`(\w+(?:: \w+)?)`/g, (marked, option: string, at: number) => {
    if (option === 'root') return '--root';
    const named = message
      .slice(0, at)
      .match(/nnUNet_\w+/g)
      ?.at(-1);
    const of = (command: string | undefined) => optionFlags[command ?? '']?.[option];
    return of(named) ?? of(running) ?? Object.keys(optionFlags).map(of).find(Boolean) ?? marked;
  });
}
