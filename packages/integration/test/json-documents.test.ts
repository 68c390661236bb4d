import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandNames } from '@nnunet/cli';
import { temporaryFolder } from '@nnunet/testing';
import { Ajv } from 'ajv';
import { beforeAll, expect, it } from 'vitest';
import {
  commandPath,
  demoTask,
  type Outcome,
  prepareSmallExperiment,
  repository,
  runCommand,
  withoutPaths,
} from './commands.ts';

const root = temporaryFolder();
const at = (name: string) => join(root, name);
const raw = at('nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus');
const model = at('nnUNet_results/nnUNet/2d/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1');
const modelV2 = at('nnUNet_results/Dataset121_Demo/nnUNetTrainer__nnUNetPlans__2d');
const none = at('none');
const EXPERIMENT = `-t 4 -m 2d --disable_tta -i ${at('images')} -o ${at('out')} -ref ${at('references')}`;
const DESCRIBED = `-djfile ${at('nnUNet_raw/Dataset121_Demo/dataset.json')} -pfile ${at('nnUNet_preprocessed/Dataset121_Demo/nnUNetPlans.json')}`;
const BRIEFLY = '--epochs 1 --iterations_per_epoch 1 --batch_size 2';
const WITHOUT_SCORES = `${BRIEFLY} --disable_validation_inference`;
const OTHER_TRAINER = '2d nnUNetTrainerV2_noMirroring 4';

/** A line that succeeds, and the name of its document. */
type Success = readonly [line: string, document: string];

/** Of every command: lines that succeed, in an order in which each finds what it needs, and a typical mistake with its tag. */
const lines: Readonly<Record<string, { right: readonly Success[]; wrong: readonly [line: string, tag: string] }>> = {
  nnUNet_convert_decathlon_task: {
    right: [[`-i ${demoTask} -output_task_id 5`, 'lines']],
    wrong: [`-i ${none}/Task05_None`, 'missing-folder'],
  },
  nnUNet_import_images: {
    right: [[`-i ${join(demoTask, 'imagesTs')} -o ${at('imported')}`, 'lines']],
    wrong: [`-i ${none} -o ${at('imported')}`, 'missing-folder'],
  },
  nnUNet_generate_dataset_json: {
    right: [[`-i ${at('copy/Task009_Copy')} -m MRI --overwrite`, 'lines']],
    wrong: [`-i ${at('copy/Task009_Copy')} -m MRI`, 'exists'],
  },
  nnUNet_repair_dataset: {
    right: [['-t 4 -output_task_id 6', 'lines']],
    wrong: ['-t 77 -output_task_id 7', 'unknown-task'],
  },
  nnUNet_plot_task_pngs: {
    right: [[`-t 4 --use_raw -o ${at('pictures')}`, 'lines']],
    wrong: [`-t 4 -o ${at('pictures')}`, 'missing-file'],
  },
  nnUNet_plan_and_preprocess: {
    right: [
      ['-t 4 -no_pp', 'plan_and_preprocess'],
      ['-t 4 -pl3d None --verify_dataset_integrity', 'plan_and_preprocess'],
    ],
    wrong: ['-t 77', 'unknown-task'],
  },
  nnUNetv2_convert_MSD_dataset: {
    right: [[`-i ${demoTask} -overwrite_id 104`, 'lines']],
    wrong: [`-i ${none}/Task05_None`, 'missing-folder'],
  },
  nnUNetv2_convert_old_nnUNet_dataset: {
    right: [[`${raw} Dataset004_Hippocampus`, 'lines']],
    wrong: [`${raw} Dataset004_Other`, 'exists'],
  },
  nnUNet_convert_dataset_from_v2: {
    right: [['-d Dataset004_Hippocampus -output_task_id 204', 'lines']],
    wrong: ['-d 77', 'unknown-task'],
  },
  nnUNetv2_extract_fingerprint: { right: [['-d 121', 'lines']], wrong: ['-d 77', 'unknown-task'] },
  nnUNetv2_plan_experiment: {
    right: [['-d 121', 'plan_and_preprocess']],
    wrong: ['-d 121 -pl nnUNetPlannerResEncS', 'unknown-planner'],
  },
  nnUNetv2_preprocess: {
    right: [['-d 121 -c 2d', 'plan_and_preprocess']],
    wrong: ['-d 121 -plans_name none', 'missing-file'],
  },
  nnUNetv2_plan_and_preprocess: {
    right: [['-d Dataset121_Demo --no_pp', 'plan_and_preprocess']],
    wrong: ['-d Task004_Hippocampus', 'usage'],
  },
  nnUNetv2_train: {
    right: [
      [`121 2d all ${BRIEFLY} --dry_run`, 'training_forecast'],
      [`121 2d all ${BRIEFLY}`, 'train'],
    ],
    wrong: ['121 2d all -tr nnUNetTrainerV2', 'unknown-trainer'],
  },
  nnUNet_explain_plans: {
    right: [
      [`-t 4 -o ${at('unet.png')}`, 'explain_plans'],
      ['-t 121', 'explain_plans'],
    ],
    wrong: ['-t 4 -p nnUNetPlansv9', 'missing-plans'],
  },
  nnUNet_splits: { right: [['-t 4 --check', 'lines']], wrong: ['-t 4', 'exists'] },
  nnUNet_train: {
    right: [
      [`2d nnUNetTrainerV2 4 0 ${BRIEFLY} --dry_run`, 'training_forecast'],
      [`2d nnUNetTrainerV2 4 0 ${BRIEFLY}`, 'train'],
    ],
    wrong: ['2d nnUNetTrainerV2 4 9', 'usage'],
  },
  nnUNet_train_DP: {
    right: [[`${OTHER_TRAINER} 0 -gpus 2 ${WITHOUT_SCORES}`, 'train']],
    wrong: [`${OTHER_TRAINER} 0 -gpus 0`, 'usage'],
  },
  nnUNet_train_DDP: {
    right: [[`${OTHER_TRAINER} 1 -gpus 2 ${WITHOUT_SCORES}`, 'train']],
    wrong: ['2d nnUNetTrainerV9 4 0 -gpus 2', 'unknown-trainer'],
  },
  nnUNet_run: {
    right: [
      [`${EXPERIMENT} ${BRIEFLY} --dry_run`, 'experiment_plan'],
      [`${EXPERIMENT} ${BRIEFLY}`, 'experiment'],
      ['-t 4 --status', 'experiment'],
      ['-t 4 --cancel', 'lines'],
    ],
    wrong: [`${EXPERIMENT} --epochs 2`, 'other-settings'],
  },
  nnUNet_predict: {
    right: [
      [`-i ${at('images')} -o ${at('first')} -t 4 -m 2d -f 0 -z --disable_tta`, 'predict'],
      [`-i ${at('images')} -o ${at('second')} -t 4 -m 2d -f 1 -z --disable_tta`, 'predict'],
    ],
    wrong: [`-i ${none}.nii.gz -o ${at('labels.nii.gz')} -t 4`, 'missing-file'],
  },
  nnUNet_serve: { right: [['-t 4 -m 2d -f 0 --port 0', 'lines']], wrong: [`--model_folder ${none}`, 'missing-folder'] },
  nnUNet_ensemble: {
    right: [[`-f ${at('first')} ${at('second')} -o ${at('merged')}`, 'lines']],
    wrong: [`-f ${at('first')} ${none} -o ${at('merged')}`, 'missing-folder'],
  },
  nnUNet_evaluate_folder: {
    right: [
      [`-ref ${at('references')} -pred ${at('merged')} --metrics Dice HD95 --lesions --boxplots`, 'evaluate_folder'],
    ],
    wrong: [`-ref ${at('references')} -pred ${none}`, 'missing-folder'],
  },
  nnUNetv2_predict: {
    right: [
      [`-i ${at('images')} -o ${at('v2/first')} -d 121 -c 2d -f all --save_probabilities --disable_tta`, 'predict'],
    ],
    wrong: [`-i ${at('images')} -o ${at('v2/other')} -d 121 -c 3d_lowres`, 'missing-folder'],
  },
  nnUNetv2_predict_from_modelfolder: {
    right: [
      [`-i ${at('images')} -o ${at('v2/second')} -m ${modelV2} -f all --save_probabilities -step_size 0.7`, 'predict'],
    ],
    wrong: [`-i ${at('images')} -o ${at('v2/other')} -m ${none}`, 'missing-file'],
  },
  nnUNetv2_ensemble: {
    right: [[`-i ${at('v2/first')} ${at('v2/second')} -o ${at('v2/merged')}`, 'lines']],
    wrong: [`-i ${at('v2/first')} ${none} -o ${at('v2/other')}`, 'missing-folder'],
  },
  nnUNetv2_determine_postprocessing: {
    right: [[`-i ${at('v2/merged')} -ref ${at('references')}`, 'lines']],
    wrong: [`-i ${at('v2/merged')} -ref ${none}`, 'missing-folder'],
  },
  nnUNetv2_apply_postprocessing: {
    right: [
      [`-i ${at('v2/merged')} -o ${at('v2/processed')} -pp_pkl_file ${at('v2/merged/postprocessing.pkl')}`, 'lines'],
    ],
    wrong: [`-i ${at('v2/merged')} -o ${at('v2/processed')} -pp_pkl_file ${none}.pkl`, 'missing-file'],
  },
  nnUNetv2_accumulate_crossval_results: {
    right: [['121 -c 2d -f all', 'lines']],
    wrong: ['121 -c 2d -f 0', 'missing-folds'],
  },
  nnUNetv2_find_best_configuration: {
    right: [['121 -c 2d -f all', 'lines']],
    wrong: ['121 -c 2d -f 0', 'missing-folds'],
  },
  nnUNetv2_evaluate_folder: {
    right: [[`${at('references')} ${at('merged')} ${DESCRIBED} -o ${at('scores.json')}`, 'evaluate_folder']],
    wrong: [`${at('references')} ${at('merged')} -djfile ${none} -pfile ${none}`, 'missing-file'],
  },
  nnUNetv2_evaluate_simple: {
    right: [[`${at('references')} ${at('merged')} -l 1 2 -o ${at('scores.json')}`, 'evaluate_folder']],
    wrong: [`${at('references')} ${at('images')} -l 1`, 'missing-predictions'],
  },
  nnUNet_plot_predictions: {
    right: [
      [`-t 4 -m 2d -f 0 -o ${at('drawn')}`, 'lines'],
      [`-t 121 -m 2d -f all -o ${at('v2/drawn')}`, 'lines'],
    ],
    wrong: [`-t 4 -m 2d -o ${at('drawn')}`, 'usage'],
  },
  nnUNet_determine_postprocessing: {
    right: [['-t 4 -m 2d', 'lines']],
    wrong: ['-t 4 -m 3d_fullres', 'missing-model'],
  },
  nnUNet_apply_postprocessing: {
    right: [[`-i ${at('merged')} -o ${at('processed')} -pp ${model}`, 'lines']],
    wrong: [`-i ${at('merged')} -o ${at('processed')} -pp ${none}`, 'missing-file'],
  },
  nnUNet_find_best_configuration: {
    right: [['-t 4 -m 2d', 'find_best_configuration']],
    wrong: ['-t 4 -m 2d 3d_lowres --strict', 'missing-model'],
  },
  nnUNet_report: {
    right: [
      [`-t 4 -o ${at('report.html')}`, 'report'],
      [`-t 121 -o ${at('v2/report.html')}`, 'report'],
    ],
    wrong: [`-t 4 -o ${at('report.html')} -ref ${at('references')}`, 'usage'],
  },
  nnUNet_export_model_to_zip: {
    right: [[`-t 4 -m 2d -o ${at('model.zip')}`, 'lines']],
    wrong: [`-t 4 -m 3d_fullres -o ${at('other.zip')}`, 'missing-model'],
  },
  nnUNet_install_pretrained_model_from_zip: {
    right: [[at('model.zip'), 'installed_models']],
    wrong: [`${none}.zip`, 'missing-file'],
  },
  nnUNetv2_export_model_to_zip: {
    right: [[`-d 121 -c 2d -f all -o ${at('v2.zip')}`, 'lines']],
    wrong: [`-d 121 -f all -o ${at('other.zip')}`, 'missing-model'],
  },
  nnUNetv2_move_plans_between_datasets: {
    right: [['-s 121 -t Dataset004_Hippocampus -sp nnUNetPlans -tp moved', 'lines']],
    wrong: ['-s 121 -t Dataset004_Hippocampus -sp none', 'missing-file'],
  },
  nnUNetv2_plot_overlay_pngs: {
    right: [[`-d 121 -c 2d -o ${at('v2/pictures')}`, 'lines']],
    wrong: [`-d 121 -c 3d_lowres -o ${at('v2/pictures')}`, 'missing-file'],
  },
  nnUNetv2_install_pretrained_model_from_zip: {
    right: [[at('v2.zip'), 'installed_models']],
    wrong: [`${none}.zip`, 'missing-file'],
  },
  nnUNetv2_download_pretrained_model_by_url: {
    right: [[pathToFileURL(at('model.zip')).href, 'installed_models']],
    wrong: [pathToFileURL(at('none.zip')).href, 'missing-file'],
  },
  nnUNet_print_available_pretrained_models: {
    right: [
      ['', 'available_models'],
      [`--catalogue ${at('catalogue.json')} --export ${root}`, 'available_models'],
    ],
    wrong: [`--catalogue ${none}`, 'missing-file'],
  },
  nnUNet_print_pretrained_model_info: {
    right: [
      [`Task004_Hippocampus --catalogue ${at('catalogue.json')}`, 'model_info'],
      ['Task004_Hippocampus', 'model_info'],
    ],
    wrong: ['Task999_None', 'unknown-model'],
  },
  nnUNet_download_pretrained_model: {
    right: [[`Task004_Hippocampus --catalogue ${at('catalogue.json')}`, 'installed_models']],
    wrong: [`Task999_None --catalogue ${at('catalogue.json')}`, 'unknown-model'],
  },
  nnUNet_download_pretrained_model_by_url: {
    right: [[pathToFileURL(at('model.zip')).href, 'installed_models']],
    wrong: [pathToFileURL(at('none.zip')).href, 'missing-file'],
  },
  nnUNet_export_onnx: {
    right: [[`-t 4 -m 2d -f 0 -o ${at('onnx')}`, 'lines']],
    wrong: [`-t 4 -m 2d -f 9 -o ${at('onnx')}`, 'missing-checkpoint'],
  },
  nnUNet_export_pytorch: {
    right: [[`-t 4 -m 2d -f 0 -o ${at('pytorch')}`, 'lines']],
    wrong: [`-t 4 -m 2d -f 9 -o ${at('pytorch')}`, 'missing-checkpoint'],
  },
  nnUNet_export_web: {
    right: [[`-t 4 -m 2d -f 0 -o ${at('page')}`, 'lines']],
    wrong: [`-t 4 -m 2d -f 9 -o ${at('page')}`, 'missing-checkpoint'],
  },
  nnUNet_change_trainer_class: {
    right: [[`-i ${model} -tr nnUNetTrainerV2_noMirroring`, 'lines']],
    wrong: [`-i ${none} -tr nnUNetTrainerV2`, 'missing-folder'],
  },
};

const ajv = new Ajv({ allowUnionTypes: true });
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** Checks that standard output is one document as its schema says, and that the schema knows every field of it. */
function expectDocument(outcome: Outcome, name: string, code: number): Record<string, unknown> {
  const document = JSON.parse(outcome.stdout);
  expect(outcome, outcome.stderr).toMatchObject({ code });
  expect(document).toMatchObject({ document: name, version: 1 });
  if (!validators.has(name)) {
    const file = join(repository, `packages/cli/schemas/${name}.schema.json`);
    validators.set(name, ajv.compile(closed(JSON.parse(readFileSync(file, 'utf8')))));
  }
  const isValid = validators.get(name)!;
  expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
  return document;
}

/** A schema that refuses fields of which it does not speak. */
function closed(schema: unknown): object {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.type === 'object' && value.properties !== undefined ? { additionalProperties: false, ...value } : value,
  );
}

/** What plans, trains, predicts, scores or shares follows the rules of one nnU-Net, and says which. */
const SAY_THEIR_RULES = commandNames.filter(
  (name) => !/convert|import|repair|generate|plot_task|install|download|print/.test(name),
);

function expectRules(name: string, line: string, { stdout, stderr }: Outcome): void {
  if (!SAY_THEIR_RULES.includes(name)) return;
  const [, version] = /rules of nnU-Net (v[12])/.exec(stderr + stdout) ?? [];
  const ofV2 = name.startsWith('nnUNetv2_') || /-t (121|Dataset)/.test(line);
  expect([name, line, version]).toEqual([name, line, ofV2 ? 'v2' : 'v1']);
}

/** Runs a command with --json; a service is stopped when it listens. */
async function runFor(name: string, line: string): Promise<Outcome> {
  const args = [...line.split(' ').filter(Boolean), '--json', '--root', root];
  if (name !== 'nnUNet_serve') return runCommand(name, args);
  const child = spawn(process.execPath, [commandPath(name), ...args], { env: withoutPaths(process.env) });
  const outcome = { code: 0, stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    outcome.stdout += text;
  });
  child.stderr.on('data', (text) => {
    outcome.stderr += text;
    if (String(text).includes('listening on')) child.kill('SIGINT');
  });
  [outcome.code] = await once(child, 'close');
  return outcome;
}

beforeAll(() => {
  prepareSmallExperiment(root);
  cpSync(raw, at('copy/Task009_Copy'), { recursive: true });
  const dataset = at('nnUNet_raw/Dataset121_Demo');
  cpSync(raw, dataset, { recursive: true });
  const labels = { background: 0, whole: [1, 2], posterior: 2 };
  const form = { channel_names: { 0: 'MRI' }, labels, regions_class_order: [1, 2], file_ending: '.nii.gz' };
  const numTraining = readdirSync(join(dataset, 'labelsTr')).length;
  writeFileSync(join(dataset, 'dataset.json'), JSON.stringify({ ...form, numTraining }));
  const catalogue = { Task004_Hippocampus: { description: 'of a test', url: pathToFileURL(at('model.zip')).href } };
  writeFileSync(at('catalogue.json'), JSON.stringify(catalogue));
});

it('every command has lines whose documents are checked', () => {
  expect(Object.keys(lines).sort()).toEqual([...commandNames].sort());
});

for (const [name, { right, wrong }] of Object.entries(lines)) {
  it(`${name} writes documents as their schemas say, also of a mistake`, async () => {
    for (const [line, document] of right) {
      const outcome = await runFor(name, line);
      expectDocument(outcome, document, name === 'nnUNet_serve' ? 130 : 0);
      expectRules(name, line, outcome);
    }
    const [line, tag] = wrong;
    const { error } = expectDocument(await runFor(name, line), 'error', tag === 'usage' ? 2 : 1);
    expect(error).toMatchObject({ tag });
  });
}

it('nnunet writes documents of its own sub-commands, wherever --json stands', () => {
  for (const [words, document, code] of [
    ['--version --json', 'version', 0],
    ['--json version', 'version', 0],
    ['help --json', 'lines', 0],
    ['completion bash --json', 'lines', 0],
    ['predct --json', 'error', 2],
  ] as const)
    expectDocument(runCommand('nnunet', words.split(' ')), document, code);
});
