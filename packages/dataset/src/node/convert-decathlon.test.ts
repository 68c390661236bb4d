import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { readVolume } from '@nnunet/volume/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeNiftiFile } from '../../test/nifti-file.ts';
import { convertDecathlonTask } from './convert-decathlon.ts';
import { verifyDataset } from './verify-dataset.ts';

let folder: string;
let input: string;
let rawBase: string;
beforeEach(() => {
  folder = temporaryFolder();
  input = join(folder, 'Task07_Toy');
  rawBase = join(folder, 'raw');
  makeTask(2);
});

const times = (t: number) => Array.from({ length: 24 }, (_, i) => 100 * t + i + 1);
const common = { spacing: [0.5, 0.75, 2] as [number, number, number], origin: [-4, 5, 6] as [number, number, number] };

/** A Decathlon task with images of one (3D) or more (4D) modalities, and macOS's hidden files. */
function makeTask(modalities: number): void {
  rmSync(input, { recursive: true, force: true });
  const size = modalities === 1 ? [4, 3, 2] : [4, 3, 2, modalities];
  const voxels = Array.from({ length: modalities }, (_, t) => times(t)).flat();
  for (const id of ['toy_1', 'toy_2']) {
    writeNiftiFile(join(input, `imagesTr/${id}.nii.gz`), { size, voxels, type: 'int16', ...common });
    writeNiftiFile(join(input, `labelsTr/${id}.nii.gz`), {
      size: [4, 3, 2],
      voxels: times(0).map((v) => v % 2),
      type: 'uint8',
      ...common,
    });
  }
  writeNiftiFile(join(input, 'imagesTs/toy_3.nii.gz'), { size, voxels, type: 'int16', ...common });
  writeFileSync(join(input, 'imagesTr/._toy_1.nii.gz'), 'resource fork');
  writeFileSync(join(input, '.DS_Store'), '');
  const entry = (id: string) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` });
  writeFileSync(
    join(input, 'dataset.json'),
    JSON.stringify({
      modality: Object.fromEntries(Array.from({ length: modalities }, (_, i) => [i, `M${i}`])),
      labels: { 0: 'background', 1: 'x' },
      training: [entry('toy_1'), entry('toy_2')],
      test: ['./imagesTs/toy_3.nii.gz'],
    }),
  );
}

/** Hash of every file below a folder. */
function contents(root: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(found, contents(root, name));
    else
      found[name] = createHash('sha256')
        .update(readFileSync(join(root, name)))
        .digest('hex');
  }
  return found;
}

describe('convertDecathlonTask', () => {
  it('splits 4D images and leaves the input as it was', async () => {
    const before = contents(input);
    const progress: string[] = [];
    const result = await convertDecathlonTask({
      input: `${input}/`,
      rawBase,
      concurrency: 1,
      onProgress: ({ done, total, file }) => progress.push(`${done}/${total} ${file}`),
    });
    expect(result).toEqual({
      task: 'Task007_Toy',
      folder: `${rawBase}/nnUNet_raw_data/Task007_Toy`,
      images: 6,
      skipped: ['imagesTr/._toy_1.nii.gz'],
      replaced: false,
    });
    expect(contents(input)).toEqual(before);
    expect(progress).toEqual([
      '1/6 imagesTr/toy_1.nii.gz',
      '2/6 imagesTr/toy_2.nii.gz',
      '3/6 imagesTs/toy_3.nii.gz',
      '4/6 labelsTr/toy_1.nii.gz',
      '5/6 labelsTr/toy_2.nii.gz',
      '6/6 dataset.json',
    ]);
    expect(readdirSync(join(result.folder, 'imagesTr'))).toEqual([
      'toy_1_0000.nii.gz',
      'toy_1_0001.nii.gz',
      'toy_2_0000.nii.gz',
      'toy_2_0001.nii.gz',
    ]);
    const second = await readVolume(join(result.folder, 'imagesTs/toy_3_0001.nii.gz'));
    expect([...second.data]).toEqual(times(1));
    expect(second).toMatchObject({ shape: [2, 3, 4], spacing: [2, 0.75, 0.5] });
    expect(second.origin).toEqual((await readVolume(join(input, 'labelsTr/toy_1.nii.gz'))).origin);
    expect(contents(result.folder)['dataset.json']).toBe(before['dataset.json']);
    expect((await verifyDataset({ taskFolder: result.folder })).faults).toEqual([]);
    expect(readdirSync(join(rawBase, 'nnUNet_raw_data'))).toEqual(['Task007_Toy']);
  });

  it('copies 3D images byte for byte, under another id, over an older folder', async () => {
    makeTask(1);
    mkdirSync(join(rawBase, 'nnUNet_raw_data/Task123_Toy/imagesTr'), { recursive: true });
    writeFileSync(join(rawBase, 'nnUNet_raw_data/Task123_Toy/imagesTr/old_0000.nii.gz'), '');
    const result = await convertDecathlonTask({ input, rawBase, outputTaskId: 123 });
    expect(result).toMatchObject({ task: 'Task123_Toy', replaced: true, images: 3 });
    const made = contents(result.folder);
    const given = contents(input);
    expect(made['imagesTr/toy_1_0000.nii.gz']).toBe(given['imagesTr/toy_1.nii.gz']);
    expect(made['labelsTr/toy_2.nii.gz']).toBe(given['labelsTr/toy_2.nii.gz']);
    expect(Object.keys(made)).toHaveLength(6);
    expect(readdirSync(join(rawBase, 'nnUNet_raw_data'))).toEqual(['Task123_Toy']);
  });

  it('leaves nothing half-written behind, and an older folder as it was', async () => {
    await convertDecathlonTask({ input, rawBase });
    const before = contents(rawBase);
    const image = join(input, 'imagesTr/toy_2.nii.gz');
    writeFileSync(image, readFileSync(image).subarray(0, 60));
    await expect(convertDecathlonTask({ input, rawBase })).rejects.toMatchObject({
      tag: 'cases-failed',
      cause: [{ where: image }],
      message: expect.stringContaining('stays as it was'),
    });
    expect(contents(rawBase)).toEqual(before);
    const stop = new AbortController();
    makeTask(2);
    const run = convertDecathlonTask({ input, rawBase, signal: stop.signal, onProgress: () => stop.abort() });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(contents(rawBase)).toEqual(before);
  });

  it('names all faulty files and converts the others, which become a task only when all are converted', async () => {
    const whole = await convertDecathlonTask({ input, rawBase, outputTaskId: 8 });
    const image = join(input, 'imagesTr/toy_2.nii.gz');
    const cut = readFileSync(image).subarray(0, 60);
    const test = join(input, 'imagesTs/toy_3.nii.gz');
    for (const path of [image, test]) writeFileSync(path, cut);
    const message = expect.stringMatching(
      /^2 of 5 files failed:\n- .*imagesTr\/toy_2\.nii\.gz: [\s\S]*\n- .*toy_3\.nii\.gz: /,
    );
    await expect(convertDecathlonTask({ input, rawBase })).rejects.toMatchObject({ tag: 'cases-failed', message });
    const folder = join(rawBase, 'nnUNet_raw_data/Task007_Toy');
    const expected = contents(whole.folder);
    for (const name of Object.keys(expected)) if (/toy_3|imagesTr.toy_2|json$/.test(name)) delete expected[name];
    expect(contents(folder)).toEqual(expected);
    expect(Object.keys(expected)).toHaveLength(4);
    makeTask(2);
    expect((await convertDecathlonTask({ input, rawBase })).replaced).toBe(true);
    expect(contents(folder)).toEqual(contents(whole.folder));
    expect(readdirSync(join(rawBase, 'nnUNet_raw_data')).sort()).toEqual(['Task007_Toy', 'Task008_Toy']);
  });

  it('converts as many files at the same time as asked for', async () => {
    const size = [96, 96, 64, 2];
    const voxels = Array.from({ length: 96 * 96 * 64 * 2 }, (_, i) => (i * 7919) % 4001);
    writeNiftiFile(join(input, 'imagesTr/toy_1.nii.gz'), { size, voxels, type: 'int16', ...common });
    const order = async (concurrency: number): Promise<string[]> => {
      const files: string[] = [];
      await convertDecathlonTask({ input, rawBase, concurrency, onProgress: ({ file }) => files.push(file) });
      return files;
    };
    const large = 'imagesTr/toy_1.nii.gz';
    const place = (await order(1)).indexOf(large);
    // the others overtake the large one where they have a place of their own
    expect((await order(6)).indexOf(large)).toBeGreaterThan(place);
    for (const concurrency of [0, -1, 1.5, Number.NaN])
      await expect(order(concurrency)).rejects.toThrow('`concurrency` must be an integer');
  });

  it('passes over other files among the images, and copies folders of label maps', async () => {
    for (const file of ['imagesTs/notes.txt', 'imagesTr/a.nii', 'labelsTr/.hidden'])
      writeFileSync(join(input, file), 'x');
    mkdirSync(join(input, 'labelsTr/more'));
    for (const file of ['deep.txt', '.hidden']) writeFileSync(join(input, 'labelsTr/more', file), 'x');
    const { folder: made, skipped } = await convertDecathlonTask({ input, rawBase });
    expect(skipped).toEqual(['imagesTr/._toy_1.nii.gz', 'imagesTr/a.nii', 'imagesTs/notes.txt', 'labelsTr/.hidden']);
    expect(readdirSync(join(made, 'labelsTr')).sort()).toEqual(['more', 'toy_1.nii.gz', 'toy_2.nii.gz']);
    expect(readdirSync(join(made, 'labelsTr/more'))).toEqual(['deep.txt']);
    expect(readdirSync(join(made, 'imagesTs'))).toHaveLength(2);
  });

  it('does nothing when it was stopped before, and makes no task in the folder of the input', async () => {
    const signal = AbortSignal.abort();
    await expect(convertDecathlonTask({ input, rawBase, signal })).rejects.toMatchObject({ name: 'AbortError' });
    const inside = join(rawBase, 'nnUNet_raw_data/Task007_Toy/Task07_Toy');
    cpSync(input, inside, { recursive: true });
    await expect(convertDecathlonTask({ input: inside, rawBase })).rejects.toThrow(
      /the input is inside the output folder/,
    );
    const beside = join(rawBase, 'nnUNet_raw_data/Task007_Toys/Task07_Toy');
    cpSync(input, beside, { recursive: true });
    expect((await convertDecathlonTask({ input: beside, rawBase })).images).toBe(6);
  });

  it('refuses a folder that is not a Decathlon task', async () => {
    mkdirSync(join(folder, 'Task007_Toy'));
    await expect(convertDecathlonTask({ input: join(folder, 'Task007_Toy'), rawBase })).rejects.toThrow(/TaskXX_NAME/);
    rmSync(join(input, 'imagesTs'), { recursive: true });
    await expect(convertDecathlonTask({ input, rawBase })).rejects.toThrow(/no folder imagesTs/);
    mkdirSync(join(input, 'imagesTs'));
    writeFileSync(join(input, 'dataset.json'), '{}');
    await expect(convertDecathlonTask({ input, rawBase })).rejects.toMatchObject({ tag: 'bad-dataset-json' });
    rmSync(join(input, 'dataset.json'));
    await expect(convertDecathlonTask({ input, rawBase })).rejects.toMatchObject({ tag: 'missing-file' });
    expect(existsSync(rawBase)).toBe(false);
  });
});

const shared = new URL('../../../../../shared/data/Task04_Hippocampus', import.meta.url).pathname;
it.skipIf(!existsSync(shared))('converts the Hippocampus task (skipped without ../shared/data)', async () => {
  const result = await convertDecathlonTask({ input: shared, rawBase });
  expect(result).toMatchObject({ task: 'Task004_Hippocampus', images: 260, replaced: false });
  const made = contents(result.folder);
  for (const [file, hash] of Object.entries(contents(shared))) {
    expect([file, made[file.replace(/^(images.*)\.nii\.gz$/, '$1_0000.nii.gz')]]).toEqual([file, hash]);
  }
  expect((await verifyDataset({ taskFolder: result.folder, level: 'quick' })).faults).toEqual([]);
});
