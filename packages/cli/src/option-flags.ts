const training = {
  batchSize: '--batch_size',
  continueTraining: '-c',
  count: '--preview_batches',
  device: '--device',
  epochs: '--epochs',
  'evaluate: false': '--disable_validation_inference',
  initialLearningRate: '--lr',
  iterationsPerEpoch: '--iterations_per_epoch',
  maxMemory: '--max_memory',
  plansIdentifier: '-p',
  plugin: '--plugin',
  'predictNextStage: false': '--disable_next_stage_pred',
  pretrainedWeights: '-pretrained_weights',
  saveSoftmax: '--npz',
  seed: '--seed',
  sessions: '--sessions',
  threads: '--threads',
  timeBudget: '--time_budget',
  validateBest: '--valbest',
  validationIterationsPerEpoch: '--val_iterations_per_epoch',
  validationOnly: '-val',
};

/** For each command, the flags of those options of its function that messages name. */
export const optionFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nnUNet_train: training,
  nnUNet_train_DP: { ...training, sessions: '-gpus' },
  nnUNet_train_DDP: { ...training, sessions: '-gpus' },
  nnUNet_predict: {
    cases: '-i',
    configuration: '-m',
    device: '--device',
    inputFolder: '-i',
    inputs: '-i',
    lowresSegmentations: '-l',
    maxMemory: '--max_memory',
    mirrorAxes: '--mirror_axes',
    mode: '--mode',
    modelFolder: '--model_folder',
    overwrite: '--overwrite_existing',
    part: '--part_id',
    parts: '--num_parts',
    plansIdentifier: '-p',
    previousStageFolder: '-l',
    saveProbabilities: '-z',
    saveSoftmax: '-z',
    stepSize: '--step_size',
    task: '-t',
    'threads.preparing': '--num_threads_preprocessing',
    'threads.writing': '--num_threads_nifti_save',
    trainer: '-tr',
  },
  nnUNet_plan_and_preprocess: {
    gpuMemoryTarget: '--gpu_memory_target',
    howMuchOfAPatientMustTheNetworkSeeAtStage0: '--how_much_of_a_patient',
    overwritePlans: '-overwrite_plans',
    overwritePlansIdentifier: '-overwrite_plans_identifier',
    planner2d: '-pl2d',
    planner3d: '-pl3d',
    plugin: '--plugin',
    verify: '--verify_dataset_integrity',
    workersFullres: '-tf',
    workersLowres: '-tl',
  },
  nnUNet_apply_postprocessing: { workers: '-np' },
  nnUNet_serve: {
    configuration: '-m',
    device: '--device',
    host: '--host',
    maxMemory: '--max_memory',
    maxUpload: '--max_upload',
    maxWaiting: '--max_waiting',
    plansIdentifier: '-p',
    port: '--port',
    task: '-t',
    trainer: '-tr',
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
  nnUNet_download_pretrained_model: { catalogueFile: '--catalogue', offline: '--offline' },
  nnUNet_download_pretrained_model_by_url: { offline: '--offline', sha256: '--sha256' },
  nnUNet_ensemble: { maxMemory: '--max_memory', threads: '-t' },
  nnUNet_evaluate_folder: { labels: '-l', predictions: '-pred', reference: '-ref' },
  nnUNet_explain_plans: { plansIdentifier: '-p' },
  nnUNet_export_onnx: { configuration: '-m', plansIdentifier: '-p', task: '-t', trainer: '-tr' },
  nnUNet_run: {
    configurations: '-m',
    folds: '-f',
    jobs: '--jobs',
    parts: '--parts',
    plansIdentifier: '-pl',
    sbatch: '--sbatch',
    task: '-t',
    trainer: '-tr',
  },
  nnUNet_generate_dataset_json: { folder: '-i', labels: '-l', overwrite: '--overwrite', task: '-t' },
  nnUNet_import_images: { input: '-i', output: '-o', patterns: '--pattern' },
  nnUNet_plot_predictions: { modality: '-modality_idx' },
  nnUNet_plot_task_pngs: { modality: '-modality_idx', raw: '--use_raw', workers: '-num_processes' },
  nnUNet_print_pretrained_model_info: { catalogueFile: '--catalogue' },
  nnUNet_report: { cases: '--cases', configurations: '-m', plansIdentifier: '-pl', task: '-t', trainer: '-tr' },
  nnUNet_repair_dataset: {
    copyGeometry: '--copy_geometry',
    maxShift: '--max_shift',
    nanToZero: '--nan_to_zero',
    outputTaskId: '-output_task_id',
  },
  nnUNet_splits: {
    checkTaskSplits: '--check',
    folds: '--folds',
    groupColumn: '--group_column',
    groupPattern: '--group_regex',
    overwrite: '--overwrite',
    seed: '--seed',
    table: '--csv',
  },
};

/**
 * A message of a library with flags where it names options: `batchSize` in backquotes becomes --batch_size. A name stands
 * for an option of the command that the message names last before it, otherwise of the one that runs, otherwise of any.
 */
export function withFlags(message: string, running: string): string {
  return message.replaceAll(/`([\w.]+(?:: \w+)?)`/g, (marked, option: string, at: number) => {
    if (option === 'root') return '--root';
    const named = message
      .slice(0, at)
      .match(/nnUNet_\w+/g)
      ?.at(-1);
    const of = (command: string | undefined) => optionFlags[command ?? '']?.[option];
    return of(named) ?? of(running) ?? Object.keys(optionFlags).map(of).find(Boolean) ?? marked;
  });
}
