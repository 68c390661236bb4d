import type { Command } from './command.ts';

/** Commands are loaded when they are called, so that `-h` answers at once. */
export type LoadCommand = () => Promise<{ command: Command }>;

/** All commands, by the stage of the work in which they are used. */
export const stages: Readonly<Record<string, Readonly<Record<string, LoadCommand>>>> = {
  Data: {
    nnUNet_convert_decathlon_task: () => import('./commands/convert-decathlon-task.ts'),
    nnUNet_import_images: () => import('./commands/import-images.ts'),
    nnUNet_generate_dataset_json: () => import('./commands/generate-dataset-json.ts'),
    nnUNet_repair_dataset: () => import('./commands/repair-dataset.ts'),
    nnUNet_plot_task_pngs: () => import('./commands/plot-task-pngs.ts'),
  },
  'Plans and training': {
    nnUNet_plan_and_preprocess: () => import('./commands/plan-and-preprocess.ts'),
    nnUNet_explain_plans: () => import('./commands/explain-plans.ts'),
    nnUNet_splits: () => import('./commands/splits.ts'),
    nnUNet_train: () => import('./commands/train.ts'),
    nnUNet_train_DP: () => import('./commands/train-dp.ts'),
    nnUNet_train_DDP: () => import('./commands/train-ddp.ts'),
  },
  'Datasets of nnU-Net v2': {
    nnUNetv2_convert_MSD_dataset: () => import('./commands/v2-convert-msd-dataset.ts'),
    nnUNetv2_convert_old_nnUNet_dataset: () => import('./commands/v2-convert-old-nnunet-dataset.ts'),
    nnUNet_convert_dataset_from_v2: () => import('./commands/convert-dataset-from-v2.ts'),
    nnUNetv2_extract_fingerprint: () => import('./commands/v2-extract-fingerprint.ts'),
    nnUNetv2_plan_experiment: () => import('./commands/v2-plan-experiment.ts'),
    nnUNetv2_preprocess: () => import('./commands/v2-preprocess.ts'),
    nnUNetv2_plan_and_preprocess: () => import('./commands/v2-plan-and-preprocess.ts'),
    nnUNetv2_move_plans_between_datasets: () => import('./commands/v2-move-plans-between-datasets.ts'),
    nnUNetv2_plot_overlay_pngs: () => import('./commands/v2-plot-overlay-pngs.ts'),
    nnUNetv2_train: () => import('./commands/v2-train.ts'),
  },
  'Predictions of nnU-Net v2': {
    nnUNetv2_predict: () => import('./commands/v2-predict.ts'),
    nnUNetv2_predict_from_modelfolder: () => import('./commands/v2-predict-from-modelfolder.ts'),
    nnUNetv2_ensemble: () => import('./commands/v2-ensemble.ts'),
    nnUNetv2_determine_postprocessing: () => import('./commands/v2-determine-postprocessing.ts'),
    nnUNetv2_apply_postprocessing: () => import('./commands/v2-apply-postprocessing.ts'),
    nnUNetv2_accumulate_crossval_results: () => import('./commands/v2-accumulate-crossval-results.ts'),
    nnUNetv2_find_best_configuration: () => import('./commands/v2-find-best-configuration.ts'),
    nnUNetv2_evaluate_folder: () => import('./commands/v2-evaluate-folder.ts'),
    nnUNetv2_evaluate_simple: () => import('./commands/v2-evaluate-simple.ts'),
  },
  'Prediction and scores': {
    nnUNet_predict: () => import('./commands/predict.ts'),
    nnUNet_serve: () => import('./commands/serve.ts'),
    nnUNet_ensemble: () => import('./commands/ensemble.ts'),
    nnUNet_evaluate_folder: () => import('./commands/evaluate-folder.ts'),
    nnUNet_plot_predictions: () => import('./commands/plot-predictions.ts'),
    nnUNet_determine_postprocessing: () => import('./commands/determine-postprocessing.ts'),
    nnUNet_apply_postprocessing: () => import('./commands/apply-postprocessing.ts'),
    nnUNet_find_best_configuration: () => import('./commands/find-best-configuration.ts'),
  },
  'Models of nnU-Net v2': {
    nnUNetv2_export_model_to_zip: () => import('./commands/v2-export-model-to-zip.ts'),
    nnUNetv2_install_pretrained_model_from_zip: () => import('./commands/install-pretrained-model-from-zip.ts'),
    nnUNetv2_download_pretrained_model_by_url: () => import('./commands/download-pretrained-model-by-url.ts'),
  },
  'Whole experiments': {
    nnUNet_run: () => import('./commands/run.ts'),
    nnUNet_report: () => import('./commands/report.ts'),
  },
  Models: {
    nnUNet_export_model_to_zip: () => import('./commands/export-model-to-zip.ts'),
    nnUNet_install_pretrained_model_from_zip: () => import('./commands/install-pretrained-model-from-zip.ts'),
    nnUNet_print_available_pretrained_models: () => import('./commands/print-available-pretrained-models.ts'),
    nnUNet_print_pretrained_model_info: () => import('./commands/print-pretrained-model-info.ts'),
    nnUNet_download_pretrained_model: () => import('./commands/download-pretrained-model.ts'),
    nnUNet_download_pretrained_model_by_url: () => import('./commands/download-pretrained-model-by-url.ts'),
    nnUNet_change_trainer_class: () => import('./commands/change-trainer-class.ts'),
    nnUNet_export_onnx: () => import('./commands/export-onnx.ts'),
    nnUNet_export_pytorch: () => import('./commands/export-pytorch.ts'),
    nnUNet_export_web: () => import('./commands/export-web.ts'),
  },
};

export const commands: Readonly<Record<string, LoadCommand>> = Object.assign({}, ...Object.values(stages));

/** Names of all commands. */
export const commandNames = Object.keys(commands);
