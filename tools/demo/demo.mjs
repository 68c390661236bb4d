// npm run demo: the whole of nnU-Net on real hippocampus MRI: convert, verify, plan, preprocess, train, predict, evaluate, draw, and a page of the model.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('../../', import.meta.url));
const bin = `${home}node_modules/.bin/`;
const data = `${home}demo-data/Task04_Hippocampus`;
const output = `${home}demo-output`;
const predictions = `${output}/predictions`;
/** What of the ten minutes goes to training; the learning rate follows it. */
const TIME_BUDGET = process.env.NNUNET_DEMO_TIME ?? '420s';
const BATCH_SIZE = '2';

function run(command, ...args) {
  console.log(`\n$ ${command} ${args.map((a) => a.replace(home, '')).join(' ')}`);
  const { status } = spawnSync(bin + command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error(`\nThe demo stopped: ${command} failed.`);
    process.exit(status ?? 1);
  }
}

const started = Date.now();
rmSync(output, { recursive: true, force: true });
const root = ['--root', output];
run('nnUNet_convert_decathlon_task', '-i', data, ...root);
run('nnUNet_plan_and_preprocess', '-t', '4', '--verify_dataset_integrity', ...root);
run(
  'nnUNet_train',
  '3d_fullres',
  'nnUNetTrainerV2',
  '4',
  '0',
  '--batch_size',
  BATCH_SIZE,
  '--time_budget',
  TIME_BUDGET,
  '--iterations_per_epoch',
  '25',
  ...root,
);
run(
  'nnUNet_predict',
  '-i',
  `${output}/nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs`,
  '-o',
  predictions,
  '-t',
  '4',
  '-m',
  '3d_fullres',
  '-f',
  '0',
  ...root,
);
run('nnUNet_evaluate_folder', '-ref', `${data}/labelsTs`, '-pred', predictions, '-l', '1', '2', ...root);

const pictures = `${output}/pictures`;
run(
  'nnUNet_plot_predictions',
  '-t',
  '4',
  '-i',
  `${output}/nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs`,
  '-pred',
  predictions,
  '-ref',
  `${data}/labelsTs`,
  '-o',
  pictures,
  ...root,
);

const page = `${output}/page`;
run(
  'nnUNet_export_web',
  '-t',
  '4',
  '-m',
  '3d_fullres',
  '-f',
  '0',
  '-o',
  page,
  '--example',
  `${data}/imagesTs/hippocampus_051.nii.gz`,
  '--example_origin',
  'Medical Segmentation Decathlon, CC-BY-SA 4.0',
  ...root,
);

console.log(`\n${((Date.now() - started) / 60000).toFixed(1)} minutes in all.`);
console.log(`Every test case, its reference and the prediction: ${pictures}`);
console.log(`To predict with this model in your browser: npx nnUNet_serve ${page.replace(home, '')}`);
