/**
 * Times nnUNet_plan_and_preprocess with its check of the dataset (2d and 3d_fullres, two workers) against
 * nnUNetv2_plan_and_preprocess, in turns, start-up included, each in folders of its own.
 * node tools/bench/plan-and-preprocess.mjs DECATHLON_TASK_FOLDER --python PATH [--rounds 2]
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { taskFolders } from './task-folders.mjs';
import { ownCommand, runCommand, takeTurns } from './turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string', default: 'python3' }, rounds: { type: 'string', default: '2' } },
});
const [given] = positionals;
if (given === undefined)
  throw new Error('give a task folder of the Medical Segmentation Decathlon, such as Task04_Hippocampus');
const id = String(Number(/Task(\d+)_/.exec(basename(resolve(given)))[1]));
const cases = readdirSync(join(given, 'labelsTr')).filter((name) => /^[^.].*\.nii\.gz$/.test(name)).length;

const scripts = dirname(values.python);
const peer = (name, args, environment) => runCommand(join(scripts, name), args, environment);

const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
try {
  const copy = join(folder, basename(resolve(given)));
  cpSync(given, copy, { recursive: true });
  const { ownRoots, peerRoots } = taskFolders(folder);
  await ownCommand('nnUNet_convert_decathlon_task', ['-i', copy], ownRoots);
  await peer('nnUNetv2_convert_MSD_dataset', ['-i', copy, '-np', '2'], peerRoots);
  const emptied = (...paths) => {
    for (const path of paths) {
      if (existsSync(path)) rmSync(path, { recursive: true });
      mkdirSync(path, { recursive: true });
    }
  };
  const ownRun = () => {
    emptied(ownRoots.nnUNet_preprocessed, join(ownRoots.nnUNet_raw_data_base, 'nnUNet_cropped_data'));
    const args = ['-t', id, '--verify_dataset_integrity', '-tl', '2', '-tf', '2'];
    return ownCommand('nnUNet_plan_and_preprocess', args, ownRoots);
  };
  const peerRun = () => {
    emptied(peerRoots.nnUNet_preprocessed);
    const args = ['-d', id, '-c', '2d', '3d_fullres', '-np', '2', '2', '-npfp', '2', '--verify_dataset_integrity'];
    return peer('nnUNetv2_plan_and_preprocess', args, peerRoots);
  };
  const sides = { nnunet: ownRun, 'nnunetv2 2.8.1': peerRun };
  await takeTurns(`plan and preprocess ${cases} cases`, sides, Number(values.rounds));
} finally {
  rmSync(folder, { recursive: true });
}
