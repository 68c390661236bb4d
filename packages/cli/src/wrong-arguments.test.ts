import { expect, it } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

recordEachTest();

/** What follows the name of the command in the first line of an error. */
async function errorOf(line: string): Promise<string | undefined> {
  said.complained = '';
  await run(`${line} --root /nowhere`);
  return /: error: (.*)/.exec(said.complained)?.[1];
}

const PREDICT = 'nnUNet_predict -i nowhere -o nowhere -t 7';
const TRAIN = 'nnUNet_train 2d nnUNetTrainerV2 7 0';
const TRAIN_V2 = 'nnUNetv2_train Dataset007_X 2d 0';
const PLAN = 'nnUNet_plan_and_preprocess -t Task007_X';
const PLAN_V2 = 'nnUNetv2_plan_and_preprocess -d Dataset007_X';
const SPLITS = 'nnUNet_splits -t 7';

it.each([
  [`${PREDICT} --mode fastst`, '--mode must be normal, fast or fastest, not fastst'],
  [`${PREDICT} --mode fast -z`, '--mode fast does not produce probabilities'],
  [`${PREDICT} --mirror_axes 0 5`, '--mirror_axes must be an integer from 0 to 2, not 5'],
  [`${PREDICT} --part_id 3 --num_parts 2`, '--part_id must be an integer from 0 to 1, not 3'],
  [`${PREDICT} --num_parts 0`, '--num_parts must be an integer of at least 1, not 0'],
  [`${PREDICT} --step_size 0`, '--step_size must be a number greater than 0 and at most 1, not 0'],
  [`${PREDICT} --max_memory much`, '"much" is not a memory size (--max_memory)'],
  [`${PREDICT} --num_threads_preprocessing -1`, '--num_threads_preprocessing must be an integer of at least 0, not -1'],
  [`${PREDICT} --num_threads_nifti_save -1`, '--num_threads_nifti_save must be an integer of at least 0, not -1'],
  [`${PREDICT} --all_in_gpu maybe`, "argument --all_in_gpu: invalid choice: 'maybe'"],
  [`${PREDICT} -f x`, '"x" is not a fold'],
  [`${PREDICT} -m 3d_fullress`, 'there is no configuration "3d_fullress"'],
  [`${TRAIN_V2} --epochs 0`, '--epochs must be an integer of at least 1, not 0'],
  [`${TRAIN_V2} -num_gpus 0`, '-num_gpus must be an integer of at least 1, not 0'],
  [`${TRAIN_V2} --val -pretrained_weights w`, '-pretrained_weights and --val exclude each other'],
  [`${TRAIN_V2} --preview_batches 0`, '--preview_batches must be an integer of at least 1, not 0'],
  [`${TRAIN_V2} --partial`, '--partial is about pretrained weights'],
  [`${TRAIN_V2} --val --disable_validation_inference`, '--disable_validation_inference and --val exclude each other'],
  [`${TRAIN_V2} --c --val`, '--c and --val exclude each other'],
  [`${TRAIN_V2} --val_best --disable_checkpointing`, '--val_best and --disable_checkpointing exclude each other'],
  ['nnUNetv2_train Dataset007_X 2d x', '"x" is not a fold'],
  ['nnUNetv2_train Task007_X 2e 0', 'there is no configuration "2e"'],
  ...['--nan', '--val_folder x', '--val_disable_overwrite', '--disable_next_stage_pred'].map(
    (option): [string, string] => [
      `nnUNet_train 2d nnUNetTrainerV2 Dataset007_X 0 ${option}`,
      `Dataset007_X is trained by the rules of nnU-Net v2, which do not have ${option.split(' ')[0]}`,
    ],
  ),
  [`${TRAIN} --epochs 0`, '--epochs must be an integer of at least 1, not 0'],
  [`${TRAIN} --iterations_per_epoch 0`, '--iterations_per_epoch must be an integer of at least 1, not 0'],
  [`${TRAIN} --val_iterations_per_epoch 0`, '--val_iterations_per_epoch must be an integer of at least 1, not 0'],
  [`${TRAIN} --batch_size 0`, '--batch_size must be an integer of at least 1, not 0'],
  [`${TRAIN} --lr -1`, '--lr must be a number greater than 0, not -1'],
  [`${TRAIN} --seed -1`, '--seed must be an integer of at least 0, not -1'],
  [`${TRAIN} --time_budget 0h`, '--time_budget must be a number greater than 0, not 0'],
  [`${TRAIN} --threads 0`, '--threads must be an integer of at least 1, not 0'],
  [`${TRAIN} --sessions 0`, '--sessions must be an integer of at least 1, not 0'],
  [`${TRAIN} --preview_batches 0`, '--preview_batches must be an integer of at least 1, not 0'],
  ['nnUNet_train_DP 2d nnUNetTrainerV2 7 0 -gpus 0', '-gpus must be an integer of at least 1, not 0'],
  ['nnUNet_train 2d nnUNetTrainerV2 7 x', '"x" is not a fold'],
  ['nnUNet_train 4d nnUNetTrainerV2 7 0', 'there is no configuration "4d"'],
  [`${PLAN} --gpu_memory_target 0`, '--gpu_memory_target must be a number greater than 0, not 0'],
  [`${PLAN} --how_much_of_a_patient -1`, '--how_much_of_a_patient must be a number greater than 0, not -1'],
  [`${PLAN} -tl 0`, '-tl must be an integer of at least 1, not 0'],
  [`${PLAN} -tf 0`, '-tf must be an integer of at least 1, not 0'],
  [
    `${PLAN} -pl3d ExperimentPlanner3D_v21_Pretrained -overwrite_plans nowhere -overwrite_plans_identifier a/b`,
    '-overwrite_plans_identifier: "a/b" cannot be part of a folder\'s name',
  ],
  ['nnUNetv2_convert_MSD_dataset -i nowhere -np 0', '-np must be an integer of at least 1, not 0'],
  [
    'nnUNetv2_convert_MSD_dataset -i nowhere -overwrite_id -1',
    '-overwrite_id must be an integer of at least 0, not -1',
  ],
  ['nnUNetv2_convert_old_nnUNet_dataset nowhere Task004_X', '"Task004_X" is not the name of a dataset'],
  ['nnUNet_convert_dataset_from_v2 -d Dataset004_X -p 0', '-p must be an integer of at least 1, not 0'],
  [`${PLAN_V2} -np 0`, '-np must be an integer of at least 1, not 0'],
  [`${PLAN_V2} -npfp 0`, '-npfp must be an integer of at least 1, not 0'],
  [`${PLAN_V2} -np 1 2`, '2 numbers of -np for 3 configurations'],
  ['nnUNetv2_extract_fingerprint -d Dataset007_X -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_ensemble -i a b -o o -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_apply_postprocessing -i a -o o -pp_pkl_file p -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_determine_postprocessing -i a -ref b -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_plot_overlay_pngs -d 7 -o o -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_plot_overlay_pngs -d 7 -o o -channel_idx -1', '-channel_idx must be an integer of at least 0, not -1'],
  ['nnUNetv2_plot_overlay_pngs -d 7 -o o -overlay_intensity -1', '-overlay_intensity must be at least 0, not -1'],
  ['nnUNetv2_evaluate_simple a b -l 1 -np 0', '-np must be an integer of at least 1, not 0'],
  ['nnUNetv2_evaluate_simple a b -l -1', '-l must be an integer of at least 0, not -1'],
  ['nnUNetv2_evaluate_simple a b -l 1 -il -1', '-il must be an integer of at least 0, not -1'],
  ['nnUNetv2_preprocess -d Task007_X', 'Task007_X is a task of nnU-Net v1'],
  [
    'nnUNet_plan_and_preprocess -t Dataset007_X --how_much_of_a_patient 2',
    '--how_much_of_a_patient is an option for tasks of v1',
  ],
  [
    'nnUNet_plan_and_preprocess -t Dataset007_X -overwrite_plans f -overwrite_plans_identifier n',
    '-overwrite_plans is an option for tasks of v1',
  ],
  [`${SPLITS} --folds 1`, '--folds must be an integer of at least 2, not 1'],
  [`${SPLITS} --seed -1`, '--seed must be an integer from 0 to 4294967295, not -1'],
  [`${SPLITS} --group_regex (`, '--group_regex: Invalid regular expression'],
  [`${SPLITS} --check --group_regex (`, '--group_regex: Invalid regular expression'],
  [`${SPLITS} --group_column patient`, 'the column "patient" was given without a table'],
  ['nnUNet_convert_decathlon_task -i nowhere -p 0', '-p must be an integer of at least 1, not 0'],
  [
    'nnUNet_convert_decathlon_task -i nowhere -output_task_id -1',
    '-output_task_id must be an integer of at least 0, not -1',
  ],
  ['nnUNet_repair_dataset -t 7 -output_task_id -1', '-output_task_id must be an integer of at least 0, not -1'],
  [
    'nnUNet_repair_dataset -t 7 -output_task_id 8 --max_shift -1',
    '--max_shift must be a number greater than 0, not -1',
  ],
  ['nnUNet_determine_postprocessing -t 7 -m 2d -f x', '"x" is not a fold'],
  ['nnUNet_determine_postprocessing -t 7 -m 4d', 'there is no configuration "4d"'],
  ['nnUNet_find_best_configuration -t 7 -f -1', '-f must be an integer of at least 0, not -1'],
  ['nnUNet_find_best_configuration -t 7 -m 4d', 'there is no configuration "4d"'],
  ['nnUNet_export_model_to_zip -t 7 -o o -m 3d_fullress', 'there is no configuration "3d_fullress"'],
  ['nnUNet_export_model_to_zip -t 7 -o o -f x', '"x" is not a fold'],
  ['nnUNet_export_onnx -t 7 -o o -m 4d', 'there is no configuration "4d"'],
  ['nnUNet_export_onnx -t 7 -o o -f x', '"x" is not a fold'],
  ['nnUNet_export_pytorch -o o', 'give either -t or --model_folder'],
  ['nnUNet_export_pytorch --model_folder o -o o', 'the model would be exported into its own folder'],
  ['nnUNet_export_web -o o', 'no model was given'],
  ['nnUNet_export_web -o o -t 7 --model_folder m', 'both a model folder and a task were given'],
  ['nnUNet_export_web -o o --model_folder m -f x', '"x" is not a fold'],
  ['nnUNet_plot_predictions -t 7 -m 4d -f 0 -o o', 'there is no configuration "4d"'],
  ['nnUNet_plot_predictions -t 7 -m 2d -f x -o o', '"x" is not a fold'],
  [
    'nnUNet_plot_predictions -i nowhere -pred nowhere -o o -modality_idx -1',
    '-modality_idx must be an integer of at least 0, not -1',
  ],
  ['nnUNet_plot_task_pngs -t 7 -o o -modality_idx -1', '-modality_idx must be an integer of at least 0, not -1'],
  ['nnUNet_plot_task_pngs -t 7 -o o -num_processes 0', '-num_processes must be an integer of at least 1, not 0'],
  ['nnUNet_report -t 7 -o report.pdf', 'report.pdf: the name of a report must end in .html'],
  ['nnUNet_report -t 7 -ref r', 'references and images are those of predictions, which are not given'],
  ['nnUNet_report -t 7 --cases -1', '--cases'],
  ['nnUNet_explain_plans -t 7 -o plans.gif', 'plans.gif: the name of a picture must end in .png or .svg'],
  ['nnUNet_ensemble -f nowhere -o o -t 0', '-t must be an integer of at least 1, not 0'],
  ['nnUNet_ensemble -f nowhere -o o --max_memory 6', '"6" is not a memory size (--max_memory)'],
  ['nnUNet_evaluate_folder -ref nowhere -pred elsewhere -l -1', '-l must be an integer of at least 0, not -1'],
  ['nnUNet_evaluate_folder -ref nowhere -pred elsewhere --lesions 2', '--lesions must be between 0 and 1, not 2'],
  [
    'nnUNet_evaluate_folder -ref nowhere -pred elsewhere --tolerance liver=1',
    '--tolerance does not understand liver=1',
  ],
  ['nnUNet_evaluate_folder -ref nowhere -pred elsewhere --tolerance -1', '--tolerance'],
  ['nnUNet_evaluate_folder -ref nowhere -pred elsewhere --tolerance 1 2', '--tolerance has two values for all labels'],
  ['nnUNet_import_images -i nowhere -o o --pattern nothing', 'the pattern "nothing" does not contain {case}'],
  ['nnUNet_change_trainer_class -i nowhere -tr 1st', '"1st" is not the name of a class'],
  ['nnUNet_download_pretrained_model_by_url ftp://a', '"ftp://a" is not a URL to download from'],
  ['nnUNet_download_pretrained_model_by_url http://a --sha256 12', '--sha256: "12" is not a SHA-256'],
])('a wrong value is refused before anything is looked for: %s', async (line, message) => {
  expect(await errorOf(line)).toContain(message);
  expect(process.exitCode).toBe(2);
});

it.each([
  [`${SPLITS} --folds x`, 'argument --folds: x is not an integer'],
  [`${SPLITS} --folds 2.5`, 'argument --folds: 2.5 is not an integer'],
  [`${PREDICT} --step_size half`, 'argument --step_size: half is not a number'],
  [`${PREDICT} --step_size inf`, 'argument --step_size: inf is not a number'],
  [`${PREDICT} --setp_size 0.5`, 'there is no option --setp_size'],
  [`${PREDICT} -trr X`, 'there is no option -trr'],
  ['nnUNet_change_trainer_class -i m -trr X', 'there is no option -trr'],
  [`${TRAIN} -valbest=1`, 'there is no option -valbest'],
  [`${TRAIN} extra`, 'unrecognized arguments: extra'],
  ['nnUNet_train 2d', 'the following arguments are required: network_trainer, task, fold'],
])('arguments that cannot be parsed are named: %s', async (line, message) => {
  expect(await errorOf(line)).toBe(message);
  expect(process.exitCode).toBe(2);
});

it('suggests the nearest options for an unknown one', async () => {
  await errorOf(`${PREDICT} --setp_size 0.5`);
  expect(said.complained).toMatch(
    /^usage: nnUNet_predict [\s\S]*\n {2}Did you mean --step_size\? There are \d+ in all\./,
  );
  await errorOf('nnUNet_print_pretrained_model_info Task004_Hippocampus --rot X');
  expect(said.complained).toContain('Available: -h, --help, --catalogue, --root, --json. See -h.');
});

it('accepts abbreviated options, as v1 does, and values beside options of one letter', async () => {
  for (const line of [`${PLAN} --gpu_mem 0`, 'nnUNet_plan_and_preprocess -t7 --gpu_memory_target=0'])
    expect(await errorOf(line)).toBe('--gpu_memory_target must be a number greater than 0, not 0');
});

it.each([
  'nnUNet_predict -i nowhere -o o --model_folder nowhere',
  'nnUNet_convert_decathlon_task -i nowhere',
  'nnUNet_import_images -i nowhere -o o',
  'nnUNet_import_images -i nowhere -o o --pattern {case}.nii.gz',
  'nnUNet_generate_dataset_json -i nowhere -m CT',
  'nnUNet_evaluate_folder -ref nowhere -pred elsewhere -l 1',
  'nnUNet_ensemble -f nowhere elsewhere -o o',
  'nnUNet_plot_predictions -i elsewhere -pred nowhere -o o',
  'nnUNet_change_trainer_class -i nowhere -tr T',
  'nnUNet_install_pretrained_model_from_zip nowhere',
  'nnUNet_train 2d T 7 0 --plugin nowhere',
])('a path that does not exist is named: %s', async (line) => {
  expect(await errorOf(line)).toMatch(/(^|\/)nowhere: does not exist$/);
  expect(said.complained).toMatch(/\n {2}Check the path\.\n$/);
  expect(process.exitCode).toBe(1);
});
