import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { commandNames } from '@nnunet/cli';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoTask, expectRefusal, filesBelow, type Outcome, prepareDemo, runCommand } from './commands.ts';
import { writeTinyModel } from './tiny-model.ts';

describe.each(commandNames)('%s', (name) => {
  it('explains itself and creates nothing', () => {
    const folder = temporaryFolder();
    const outcome = runCommand(name, ['-h'], {
      nnUNet_raw_data_base: join(folder, 'raw'),
      nnUNet_preprocessed: join(folder, 'preprocessed'),
      RESULTS_FOLDER: join(folder, 'results'),
    });
    expect(outcome.stdout).toContain(`usage: ${name}`);
    expect(outcome.stdout).toContain('--root DIR');
    expect(outcome.code).toBe(0);
    expect(filesBelow(folder)).toEqual([]);
  });

  it('refuses an unknown option with exit code 2', () => {
    expectRefusal(runCommand(name, ['--no_such_option']), 2, /usage:/);
  });
});

it('names both ways to give the folders when none is given', () => {
  expectRefusal(runCommand('nnUNet_plan_and_preprocess', ['-t', '4']), 2, /--root /, /nnUNet_raw_data_base/);
  expectRefusal(
    runCommand('nnUNet_train', ['3d_fullres', 'nnUNetTrainerV2', '4', '0']),
    2,
    /--root /,
    /nnUNet_preprocessed/,
  );
});

it('names the id of an unknown task', () => {
  expectRefusal(runCommand('nnUNet_plan_and_preprocess', ['-t', '77', '--root', temporaryFolder()]), 1, /77/);
});

it('takes no other device than the one named', () => {
  const root = temporaryFolder();
  const train = ['3d_fullres', 'nnUNetTrainerV2', '4', '0', '--root', root, '--device'];
  expectRefusal(runCommand('nnUNet_train', [...train, 'gpu']), 2, /'cpu', 'cuda', 'webgpu'/);
  expectRefusal(runCommand('nnUNet_train_DP', [...train, 'webgpu', '-gpus', '2']), 2, /two sessions/, /one session/);
  // No driver is where this points to.
  const environment = { VK_ICD_FILENAMES: join(root, 'none.json'), VK_DRIVER_FILES: join(root, 'none.json') };
  const predict = ['-i', root, '-o', join(root, 'out'), '-t', '4', '--root', root, '--device', 'webgpu'];
  if (process.platform === 'linux') {
    expectRefusal(
      runCommand('nnUNet_predict', predict, environment),
      1,
      /the device webgpu cannot be used/,
      /--device/,
    );
  }
  expect(filesBelow(root)).toEqual([]);
});

describe('faulty datasets', () => {
  const root = temporaryFolder();
  const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data');
  const task = join(raw, 'Task004_Hippocampus');
  const whole = join(root, 'whole');

  beforeAll(() => {
    prepareDemo(root);
    cpSync(task, whole, { recursive: true });
  });

  /** Plans the demo's dataset with something broken in it. */
  function planBroken(breakIt: () => void): Outcome {
    rmSync(task, { recursive: true, force: true });
    cpSync(whole, task, { recursive: true });
    breakIt();
    const outcome = runCommand('nnUNet_plan_and_preprocess', ['-t', '4', '--verify_dataset_integrity', '--root', root]);
    expect(existsSync(join(root, 'nnUNet_preprocessed/Task004_Hippocampus/nnUNetPlansv2.1_plans_3D.json'))).toBe(false);
    expect(existsSync(join(root, 'nnUNet_raw_data_base/nnUNet_cropped_data'))).toBe(false);
    return outcome;
  }
  const image = join(task, 'imagesTr/hippocampus_004_0000.nii.gz');
  const label = join(task, 'labelsTr/hippocampus_004.nii.gz');

  /** Rewrites the voxels of a NIfTI file in place; they start at byte 352. */
  function editVoxels(file: string, edit: (bytes: Buffer) => Buffer): void {
    writeFileSync(file, gzipSync(edit(gunzipSync(readFileSync(file)))));
  }

  it('labels that are not consecutive', () => {
    const outcome = planBroken(() => {
      const file = join(task, 'dataset.json');
      const description = JSON.parse(readFileSync(file, 'utf8'));
      description.labels = { 0: 'background', 1: 'Anterior', 3: 'Posterior' };
      writeFileSync(file, JSON.stringify(description));
    });
    expectRefusal(outcome, 1, /dataset\.json/, /consecutive/i);
  });

  it('a label value that dataset.json does not declare', () => {
    const outcome = planBroken(() =>
      editVoxels(label, (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(9)])),
    );
    expectRefusal(outcome, 1, /hippocampus_004\.nii\.gz/, /9/);
  });

  it('image and label of different shapes', () => {
    const outcome = planBroken(() => cpSync(join(task, 'labelsTr/hippocampus_070.nii.gz'), label));
    expectRefusal(outcome, 1, /hippocampus_004/, /(shape|size)/i);
  });

  it('a missing modality', () => {
    expectRefusal(
      planBroken(() => rmSync(image)),
      1,
      /hippocampus_004_0000\.nii\.gz/,
      /missing/i,
    );
  });

  it('a truncated file', () => {
    expectRefusal(
      planBroken(() => truncateSync(image, 20_000)),
      1,
      /hippocampus_004_0000\.nii\.gz/,
      /truncated|incomplete|damaged|ends/i,
    );
  });

  it('NaN in an image', () => {
    const outcome = planBroken(() =>
      editVoxels(image, (bytes) => {
        // Make it float32: the header's datatype (70), bitpix (72), then the voxels.
        const wasFloat = bytes.readInt16LE(70) === 16;
        const voxels = wasFloat ? (bytes.length - 352) / 4 : bytes.length - 352;
        const out = Buffer.alloc(352 + voxels * 4);
        bytes.copy(out, 0, 0, 352);
        out.writeInt16LE(16, 70);
        out.writeInt16LE(32, 72);
        for (let i = 0; i < voxels; i++)
          out.writeFloatLE(wasFloat ? bytes.readFloatLE(352 + 4 * i) : bytes[352 + i]!, 352 + 4 * i);
        out.writeFloatLE(Number.NaN, 352 + 4 * 1000);
        return out;
      }),
    );
    expectRefusal(outcome, 1, /hippocampus_004_0000\.nii\.gz/, /NaN/);
  });

  it.skipIf(process.platform === 'win32')('a folder that cannot be written', () => {
    // A file where the folder should be: refuses for root too, whom permissions do not stop.
    const blocked = temporaryFolder();
    cpSync(join(root, 'whole'), join(blocked, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus'), {
      recursive: true,
    });
    writeFileSync(join(blocked, 'nnUNet_preprocessed'), '');
    const outcome = runCommand('nnUNet_plan_and_preprocess', ['-t', '4', '--root', blocked]);
    expectRefusal(outcome, 1, /nnUNet_preprocessed/);
  });
});

it('a prediction without a trained model names the folder that it looked for', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'nnUNet_preprocessed/Task004_Hippocampus'), { recursive: true });
  const outcome = runCommand('nnUNet_predict', [
    '-i',
    join(demoTask, 'imagesTs'),
    '-o',
    join(root, 'out'),
    '-t',
    '4',
    '--root',
    root,
  ]);
  expectRefusal(outcome, 1, /nnUNetTrainerV2__nnUNetPlansv2\.1/);
  expect(existsSync(join(root, 'out'))).toBe(false);
});

it('says what a model folder is and what an output folder is where a file is named', () => {
  const root = temporaryFolder();
  const [file, archive, model] = ['file', 'model.zip', 'model'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, '');
  writeFileSync(archive, '');
  writeTinyModel(model);
  const images = join(root, 'images');
  mkdirSync(images);
  cpSync(join(demoTask, 'imagesTs/hippocampus_051.nii.gz'), join(images, 'a_0000.nii.gz'));
  const predict = (...args: string[]) => runCommand('nnUNet_predict', ['-i', images, ...args]);
  expectRefusal(
    predict('-o', join(root, 'out'), '--model_folder', archive),
    1,
    /model\.zip/,
    /install_pretrained_model/,
  );
  expectRefusal(predict('-o', file, '--model_folder', model), 1, /file: is a file where a folder is needed/);
  expectRefusal(predict('-o', join(file, 'out'), '--model_folder', model), 1, /not a folder/);
});

/** A file system of 300 kB; null where this user may not mount one. */
function tinyDisk(): string | null {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', folder]);
  if (status !== 0) return null;
  afterAll(() => void spawnSync('umount', [folder]));
  return folder;
}

const disk = tinyDisk();
if (disk === null) console.warn('skipped: a full disk (this user may not mount a small file system)');

it.skipIf(disk === null)('a full disk: says so, names the file and leaves nothing half-written', () => {
  const outcome = runCommand('nnUNet_convert_decathlon_task', ['-i', demoTask, '--root', disk!]);
  expectRefusal(outcome, 1, /no space left|disk is full/i, new RegExp(disk!));
  expect(filesBelow(disk!)).toEqual([]);
});
