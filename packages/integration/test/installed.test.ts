import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractFingerprint } from '@nnunet/fingerprint';
import { planExperiment } from '@nnunet/planner';
import { cropCase, preprocessCase } from '@nnunet/preprocess';
import { foregroundLabels } from '@nnunet/schema';
import { readDatasetDescription } from '@nnunet/store';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoTask } from './commands.ts';
import { folder, offline, packAll, projectWith, run, why, withDependencies } from './installed-project.ts';

let installCommands = '';

beforeAll(() => {
  if (!offline) installCommands = packAll();
});

describe.skipIf(offline)(`planner and fingerprint alone ${why}`, () => {
  it('work in an empty project and bring no onnxruntime', () => {
    const project = projectWith('planner-project', 'planner', 'fingerprint');
    writeFileSync(
      join(project, 'plan.mjs'),
      `import { extractFingerprint } from '@nnunet/fingerprint';
import { planExperiment } from '@nnunet/planner';

const shape = [36, 50, 35];
async function* cases() {
  for (let i = 0; i < 20; i++) {
    const voxels = shape[0] * shape[1] * shape[2];
    const properties = {
      original_size_of_raw_data: shape, original_spacing: [1, 1, 1], list_of_data_files: [], seg_file: null, itk_origin: [0, 0, 0],
      itk_spacing: [1, 1, 1], itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1], crop_bbox: [[0, 36], [0, 50], [0, 35]], classes: [0, 1, 2],
      size_after_cropping: shape,
    };
    yield { id: 'case_' + i, images: [new Float32Array(voxels).fill(1)], segmentation: new Float32Array(voxels), shape, properties };
  }
}
const fingerprint = await extractFingerprint(cases(), { modalities: { 0: 'MRI' }, classes: [1, 2] });
console.log(JSON.stringify(planExperiment(fingerprint).plans_per_stage['0'].patch_size));
`,
    );
    expect(run(process.execPath, ['plan.mjs'], project).trim()).toBe('[40,56,40]');
    expect(readdirSync(join(project, 'node_modules')).filter((name) => name.startsWith('onnx'))).toEqual([]);
  });
});

describe.skipIf(offline)(`fingerprint, planner, preprocess, schema and store ${why}`, () => {
  it('make prepared cases of raw files as they do here, and bring no onnxruntime', async () => {
    const packages = ['fingerprint', 'planner', 'preprocess', 'schema', 'store'];
    const project = projectWith('preprocess-project', ...packages);
    writeFileSync(
      join(project, 'prepare.mjs'),
      `import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { extractFingerprint } from '@nnunet/fingerprint';
import { planExperiment } from '@nnunet/planner';
import { foregroundLabels } from '@nnunet/schema';
import { openPreparedCase, readDatasetDescription, readPlans, writePlans } from '@nnunet/store';
import { cropTask, preprocessTask, readCroppedCases } from '@nnunet/preprocess/node';

const task = process.argv[2];
const dataset = await readDatasetDescription(join(task, 'dataset.json'));
const cases = dataset.training.slice(0, 3).map(({ image, label }, i) => ({ id: 'case_' + i, images: [join(task, image)], labels: join(task, label) }));
await cropTask({ cases, outFolder: 'cropped', workers: 1 });
const fingerprint = await extractFingerprint(readCroppedCases('cropped'), { modalities: dataset.modality, classes: foregroundLabels(dataset) });
await writePlans('plans.json', planExperiment(fingerprint));
const plans = await readPlans('plans.json');
await preprocessTask({ croppedFolder: 'cropped', outFolder: 'prepared', plans, stage: 0, workers: 2 });
const prepared = await openPreparedCase('prepared', 'case_1');
const data = await prepared.readBox([0, 0, 0], prepared.shape.slice(1));
const sum = createHash('sha256').update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).digest('hex');
console.log(JSON.stringify({ stages: plans.plans_per_stage, shape: prepared.shape, sum, counts: prepared.locationCounts }));
await prepared.close();
`,
    );
    const made = JSON.parse(run(process.execPath, ['prepare.mjs', demoTask], project));

    const dataset = await readDatasetDescription(join(demoTask, 'dataset.json'));
    const cropped = await Promise.all(
      dataset.training.slice(0, 3).map(async ({ image, label }, i) => {
        const labels = await readLabels(join(demoTask, label));
        return cropCase([await readVolume(join(demoTask, image))], labels, { id: `case_${i}` });
      }),
    );
    const classes = foregroundLabels(dataset);
    const plans = planExperiment(await extractFingerprint(cropped, { modalities: dataset.modality, classes }));
    const { data, shape, locations } = preprocessCase(cropped[1]!, plans, 0);
    const counts = Object.fromEntries(Object.entries(locations).map(([label, voxels]) => [label, voxels.length / 3]));
    expect(made).toEqual({
      stages: plans.plans_per_stage,
      shape: [...shape],
      sum: createHash('sha256')
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest('hex'),
      counts,
    });
    const own = readdirSync(join(project, 'node_modules/@nnunet')).sort();
    expect(own).toEqual([...withDependencies(...packages)].sort());
    expect(readdirSync(join(project, 'node_modules')).filter((name) => name.startsWith('onnx'))).toEqual([]);
  });
});

describe.skipIf(offline)(`the one file of the commands ${why}`, () => {
  const prefix = join(folder, 'prefix');

  it('installs them by the printed line, with their packages inside', () => {
    const [program = '', ...words] = installCommands.split(' ');
    run(program, [...words, '--prefix', prefix, '--no-audit', '--no-fund'], folder);
    expect(run(join(prefix, 'bin/nnUNet_train'), ['-h'], folder)).toContain('usage: nnUNet_train');
    const modules = join(prefix, 'lib/node_modules/@nnunet/cli/node_modules');
    expect(readdirSync(join(modules, '@nnunet')).sort()).toEqual(
      [...withDependencies('cli', 'formats')].filter((name) => name !== 'cli').sort(),
    );
    expect(existsSync(join(modules, 'onnxruntime-node'))).toBe(true);
  });

  it('names the optional package for other image formats where it is not installed', () => {
    rmSync(join(prefix, 'lib/node_modules/@nnunet/cli/node_modules/@nnunet/formats'), { recursive: true });
    const images = join(folder, 'images');
    mkdirSync(images);
    writeFileSync(join(images, 'a_0000.nrrd'), 'NRRD0004');
    const command = join(folder, 'prefix/bin/nnUNet_import_images');
    const { status, stderr } = spawnSync(command, ['-i', images, '-o', join(folder, 'converted')], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toContain(
      `${join(images, 'a_0000.nrrd')}: is not a NIfTI image; reading it needs an optional package`,
    );
    expect(stderr).toContain('npm i @nnunet/formats');
    expect(existsSync(join(folder, 'converted'))).toBe(false);
  });
});
