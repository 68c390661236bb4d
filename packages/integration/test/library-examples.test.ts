import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { loadModel } from '@nnunet/inference/node';
import { temporaryFolder } from '@nnunet/testing';
import { readNiftiLabels, type Volume } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('says what does not go together', () => {
    expectRefusal(predict(), 2, 'no task was given');
    expectRefusal(predict('-t', '4', '--model_folder', modelFolder), 2, 'a task were');
    expectRefusal(predict('--model_folder', modelFolder, '-l', outputFolder), 2, 'this model is not a cascade');
    expectRefusal(predict('--model_folder', inputFolder), 1, 'no trained fold');
  });
});

describe('the service of predict_from_code.md', () => {
  const processes: ChildProcess[] = [];
  let folder: string;
  let url: string;
  const image = readFileSync(imageFile);

  /** Starts the service; gives its address. */
  function start(environment: Record<string, string>): Promise<string> {
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [join(folder, 'server.mjs'), modelFolder, '0'], { env });
    processes.push(child);
    return new Promise((resolve, reject) => {
      let errors = '';
      child.stderr!.on('data', (text) => {
        errors += text;
      });
      child.stdout!.on('data', (text) => {
        const [address] = /http:\S+/.exec(String(text)) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.on('exit', (code) => reject(new Error(`the service ended with ${code}: ${errors}`)));
    });
  }

  const post = (body: Uint8Array | undefined, path = '/predict') =>
    fetch(url + path, { method: 'POST', body: body === undefined ? null : new Uint8Array(body) });

  beforeAll(async () => {
    folder = installExample('http-service', root);
    url = await start({ MAX_BYTES: '1000000', MAX_VOXELS: '200000' });
  });
  afterAll(async () => {
    for (const child of processes) {
      if (child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  });

  it('answers images with their label maps, compressed or not, several at once', async () => {
    const answers = await Promise.all([image, gunzipSync(image), image].map((body) => post(body)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      const labels = await readNiftiLabels(new Uint8Array(await answer.arrayBuffer()));
      expect(labels.data).toEqual(expected.data);
      expect(labels.spacing).toEqual(expected.spacing);
    }
  });

  it.each<[number, string, Uint8Array | undefined, RegExp]>([
    [400, 'nothing', undefined, /no body/],
    [400, 'text', Buffer.from('no image at all'), /^This is not a NIfTI image: /],
    [400, 'a damaged image', image.subarray(0, image.length / 2), /^This is not a NIfTI image: /],
    [400, 'compressed nonsense', gzipSync(Buffer.alloc(5000, 7)), /^This is not a NIfTI image: /],
    [413, 'too many bytes', new Uint8Array(1_000_001), /more than 1000000 bytes/],
    [413, 'a small file of a huge image', gzipSync(withSize(gunzipSync(image), 2000)), /more than 200000 voxels/],
    [422, 'an image of zeros', gzipSync(withoutVoxels(gunzipSync(image))), /zero everywhere/],
  ])('refuses with %i and a sentence: %s', async (status, _, body, sentence) => {
    const answer = await post(body);
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    expect(text).toMatch(sentence);
    expect(text).not.toMatch(/\.mjs|\.js:|at /);
  });

  it('knows one path and one method', async () => {
    expect((await post(image, '/elsewhere')).status).toBe(404);
    const answer = await fetch(`${url}/predict`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('goes on after a client that went away', async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: ${image.length}\r\n\r\n`);
    socket.write(image);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    expect((await post(image)).status).toBe(200);
  });

  it('turns clients away while too many wait', async () => {
    url = await start({ MAX_WAITING: '0' });
    const answer = await post(image);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect(await answer.text()).toMatch(/waiting/);
  });
});

/** An uncompressed NIfTI file that claims to have so many voxels along each axis. */
function withSize(nifti: Uint8Array, size: number): Uint8Array {
  const view = new DataView(nifti.buffer, nifti.byteOffset, nifti.length);
  for (const at of [42, 44, 46]) view.setInt16(at, size, true);
  return nifti;
}

function withoutVoxels(nifti: Uint8Array): Uint8Array {
  return nifti.fill(0, 352);
}
