import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadModel } from '@nnunet/inference/node';
import { temporaryFolder } from '@nnunet/testing';
import type { Volume } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoTask, expectRefusal, expectSuccess, installExample, repository, runCommand } from './commands.ts';
import { writeTinyModel } from './tiny-model.ts';

const root = temporaryFolder();
const modelFolder = join(root, 'my model');
const images = join(demoTask, 'imagesTs');
const imageFile = join(images, readdirSync(images).sort()[0]!);
let expected: Volume<Uint8Array | Uint16Array>;

beforeAll(async () => {
  writeTinyModel(modelFolder);
  const model = await loadModel(modelFolder);
  expected = (await model.predict(await readVolume(imageFile))).labels();
  await model.dispose();
  expect(new Set(expected.data).size).toBeGreaterThan(1);
});

describe('predict.mjs of predict_from_code.md', () => {
  it('is what the document shows', () => {
    const example = readFileSync(join(repository, 'docs/examples/predict-from-code/predict.mjs'), 'utf8');
    expect(readFileSync(join(repository, 'docs/predict_from_code.md'), 'utf8')).toContain(example);
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(22);
  });

  it('writes the label map and says how large each label is', async () => {
    const labelFile = join(root, 'labels.nii.gz');
    const script = join(installExample('predict-from-code', root), 'predict.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, modelFolder, imageFile, labelFile], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const labels = await readLabels(labelFile);
    expect(labels.data).toEqual(expected.data);
    expect(labels.origin).toEqual(expected.origin);
    const ones = expected.data.filter((label) => label === 1).length;
    const [z, y, x] = expected.spacing;
    if (ones > 0) expect(stdout).toContain(`label 1: ${(ones * z * y * x).toFixed(1)} mm³`);
    expect(stdout.trim().split('\n')).toHaveLength(new Set(expected.data).size);
    expect(stderr).toContain('100 %');
  });
});

describe('nnUNet_predict --model_folder', () => {
  const inputFolder = join(root, 'images');
  const outputFolder = join(root, 'out');
  const predict = (...args: string[]) => runCommand('nnUNet_predict', ['-i', inputFolder, '-o', outputFolder, ...args]);

  it('predicts with a folder anywhere, without any path set up', async () => {
    mkdirSync(inputFolder);
    cpSync(imageFile, join(inputFolder, 'a_0000.nii.gz'));
    const outcome = predict('--model_folder', modelFolder);
    expectSuccess(outcome);
    expect((await readLabels(join(outputFolder, 'a.nii.gz'))).data).toEqual(expected.data);
  });

  it('predicts a single file to a single file, and a folder of names without number', async () => {
    const [image, labels] = [join(root, 'patient 1.nii.gz'), join(root, 'one/labels.nii.gz')];
    cpSync(imageFile, image);
    const single = (...args: string[]) =>
      runCommand('nnUNet_predict', ['--model_folder', modelFolder, '-i', image, ...args]);
    const outcome = single('-o', labels);
    expectSuccess(outcome);
    expect(outcome.stdout).toBe(`predicted: 1 case: ${labels}\n`);
    expect((await readLabels(labels)).data).toEqual(expected.data);
    // The model does not know the names of its labels.
    expect(readdirSync(join(root, 'one'))).toEqual(['labels.nii.gz']);
    expectRefusal(single('-o', labels), 1, 'already exists', '--overwrite_existing');
    expectRefusal(
      single('-i', image, '-o', join(root, 'two.nii.gz')),
      2,
      'needs 1 image per case (MRI), but 2 were given',
    );
    const folder = join(root, 'plain names');
    mkdirSync(folder);
    cpSync(image, join(folder, 'b.nii.gz'));
    expectSuccess(runCommand('nnUNet_predict', ['--model_folder', modelFolder, '-i', folder, '-o', outputFolder]));
    expect((await readLabels(join(outputFolder, 'b.nii.gz'))).data).toEqual(expected.data);
  });

  it('writes a DICOM segmentation and a structure set of a DICOM series', () => {
    const series = join(root, 'series');
    cpSync(join(repository, 'packages/formats/fixtures/dicom_ct'), series, { recursive: true });
    const written = join(root, 'dicom');
    const args = ['--model_folder', modelFolder, '-i', series, '-o', written, '--dicom', 'seg', 'rtstruct'];
    expectSuccess(runCommand('nnUNet_predict', args));
    expect(readdirSync(written)).toEqual(
      expect.arrayContaining(['series.nii.gz', 'series_seg.dcm', 'series_rtstruct.dcm']),
    );
    const sourceSeries = '1.2.3.5';
    for (const [kind, modality] of [
      ['seg', 'SEG '],
      ['rtstruct', 'RTSTRUCT'],
    ] as const) {
      // biome-ignore format: a row
      const object = readFileSync(join(written, `series_${kind}.dcm`), 'latin1');
      for (const text of [modality, sourceSeries, 'label 1', 'nnUNetTrainerV2 3d_fullres'])
        expect(object).toContain(text);
    }
  });

  it('says what does not go together', () => {
    expectRefusal(predict(), 2, 'no task was given');
    expectRefusal(predict('-t', '4', '--model_folder', modelFolder), 2, 'a task were');
    expectRefusal(predict('--model_folder', modelFolder, '-l', outputFolder), 2, 'this model is not a cascade');
    expectRefusal(predict('--model_folder', inputFolder), 1, 'no trained fold');
  });
});

describe('nnUNet_serve', () => {
  /** Starts the service on a free port; returns the process and its address. */
  function start(): Promise<{ child: ChildProcess; url: string }> {
    const command = join(repository, 'packages/cli/bin/nnUNet_serve.mjs');
    const child = spawn(process.execPath, [command, '--model_folder', `hippocampus=${modelFolder}`, '--port', '0']);
    return new Promise((resolve, reject) => {
      let errors = '';
      child.stderr!.on('data', (text) => {
        errors += text;
      });
      child.stdout!.on('data', (text) => {
        const [url] = /http:\S+/.exec(String(text)) ?? [];
        if (url !== undefined) resolve({ child, url });
      });
      child.on('exit', (code) => reject(new Error(`the service ended with ${code}: ${errors}`)));
    });
  }

  it('answers the client of serving.md, and stops when it is told to', async () => {
    const { child, url } = await start();
    const labelFile = join(root, 'served.nii.gz');
    const client = join(repository, 'docs/examples/http-client/client.mjs');
    const run = (...images: string[]) => promisify(execFile)(process.execPath, [client, url, labelFile, ...images]);
    const { stdout } = await run(imageFile);
    expect((await readLabels(labelFile)).data).toEqual(expected.data);
    expect(stdout).toMatch(/^label \d: \d+\.\d\d ml$/m);
    await expect(run(imageFile, imageFile)).rejects.toMatchObject({
      stderr: expect.stringContaining('the model needs 1 image (MRI), but more were sent'),
    });
    const { models } = await (await fetch(`${url}/models`)).json();
    expect(models).toMatchObject([{ name: 'hippocampus', channels: ['MRI'] }]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
  });
});
