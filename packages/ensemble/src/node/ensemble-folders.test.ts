import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { mergeSoftmax } from '../merge-softmax.ts';
import { ensembleFolders } from './ensemble-folders.ts';
import { readSoftmax } from './read-softmax.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const golden = fileURLToPath(new URL('../../../../../shared/golden/export/', import.meta.url));
const built = existsSync(new URL('../../dist/node/merge-worker.js', import.meta.url));
const folder = temporaryFolder();

async function expectSameLabels(actual: string, expected: string): Promise<void> {
  const names = readdirSync(expected).filter((name) => name.endsWith('.nii.gz'));
  expect(names.length).toBeGreaterThan(0);
  expect(readdirSync(actual).filter((name) => name.endsWith('.nii.gz'))).toEqual(names);
  for (const name of names) {
    const a = await readLabels(join(actual, name));
    const b = await readLabels(join(expected, name));
    expect(a.shape).toEqual(b.shape);
    for (const key of ['spacing', 'origin', 'direction'] as const) {
      a[key].forEach((value, i) => {
        expect(value).toBeCloseTo(b[key][i]!, 5);
      });
    }
    let different = 0;
    for (let i = 0; i < a.data.length; i++) if (a.data[i] !== b.data[i]) different++;
    expect(different).toBe(0);
  }
}

const sets = existsSync(golden) ? [fixtures, golden] : [fixtures];
describe.each(sets)('ensembleFolders, data set %#', (from) => {
  const folders = ['A', 'B'].map((model) => join(from, `model_${model}`));

  it('forms the mean and its labels as nnU-Net does, to the last bit', async () => {
    const out = join(folder, `${sets.indexOf(from)}`, 'AB');
    const steps: string[] = [];
    const cases = await ensembleFolders({
      folders,
      outputFolder: out,
      saveNpz: true,
      threads: 1,
      onProgress: ({ step, caseId, done, total }) => steps.push(`${step} ${caseId} ${done}/${total}`),
    });
    expect(steps).toEqual(cases.map((caseId, i) => `merging ${caseId} ${i + 1}/${cases.length}`));
    for (const caseId of cases) {
      const actual = await readSoftmax(join(out, `${caseId}.npz`));
      const expected = await readSoftmax(join(from, 'merged_AB', `${caseId}.npz`));
      expect(actual.shape).toEqual(expected.shape);
      expect(actual.dtype).toBe('float16');
      expect(Buffer.compare(Buffer.from(actual.data.buffer), Buffer.from(expected.data.buffer))).toBe(0);
    }
    const stored = await Promise.all(folders.map((path) => readSoftmax(join(path, `${cases[0]}.npz`))));
    const expected = await readSoftmax(join(from, 'merged_AB', `${cases[0]}.npz`));
    expect(mergeSoftmax(stored)).toEqual(expected);
    await expectSameLabels(out, join(from, 'merged_AB'));
    // what was stored can be merged again
    const again = join(folder, `${sets.indexOf(from)}`, 'again');
    await ensembleFolders({ folders: [out], outputFolder: again, threads: 1 });
    await expectSameLabels(again, join(from, 'merged_AB'));
  });

  it('postprocesses the merged labels', async () => {
    const out = join(folder, `${sets.indexOf(from)}`, 'pp');
    const expected = join(from, 'merged_AB_postprocessed');
    const postprocessingFile = join(expected, 'postprocessing_for_merge.json');
    await ensembleFolders({ folders, outputFolder: out, threads: 1, postprocessingFile });
    await expectSameLabels(out, expected);
    await expectSameLabels(join(out, 'not_postprocessed'), join(from, 'merged_AB'));
    expect(await readFile(join(out, 'postprocessing_for_merge.json'))).toEqual(await readFile(postprocessingFile));
  });
});

it.skipIf(!existsSync(golden))('merges three models as nnU-Net does (needs ../shared/golden)', async () => {
  const folders = ['A', 'B', 'C'].map((model) => join(golden, `model_${model}`));
  await ensembleFolders({ folders, outputFolder: join(folder, 'ABC'), threads: 1 });
  await expectSameLabels(join(folder, 'ABC'), join(golden, 'merged_ABC'));
});

describe('ensembleFolders', () => {
  const folders = ['A', 'B'].map((model) => join(fixtures, `model_${model}`));

  it('refuses a case whose properties state a size that no memory holds', async () => {
    const members = await twoCases('sizes');
    for (const member of members) {
      const file = join(member, 'b.json');
      const properties = JSON.parse(await readFile(file, 'utf8'));
      await writeFile(file, JSON.stringify({ ...properties, original_size_of_raw_data: [30000, 30000, 30000] }));
    }
    const outputFolder = join(folder, 'sizes', 'out');
    await expect(ensembleFolders({ folders: members, outputFolder, threads: 1 })).rejects.toMatchObject({
      tag: 'cases-failed',
      cause: [{ tag: 'memory-limit', where: 'b' }],
    });
    expect(readdirSync(outputFolder)).toEqual(['a.nii.gz']);
  });

  it('refuses models that have predicted from images at different places, and warns of small distances', async () => {
    const members = await twoCases('places');
    const file = join(members[1]!, 'b.json');
    const properties = JSON.parse(await readFile(file, 'utf8'));
    const [x, y, z] = properties.itk_origin;
    const finest = Math.min(...properties.itk_spacing);
    const move = (voxels: number) =>
      writeFile(file, JSON.stringify({ ...properties, itk_origin: [x, y + voxels * finest, z] }));
    const notices: string[] = [];
    const options = { folders: members, threads: 1, onNotice: ({ text }: { text: string }) => notices.push(text) };
    await move(1);
    const outputFolder = join(folder, 'places', 'out');
    await expect(ensembleFolders({ ...options, outputFolder })).rejects.toMatchObject({
      tag: 'cases-failed',
      cause: [{ tag: 'other-grid', where: join(members[1]!, 'b.npz') }],
    });
    expect(readdirSync(outputFolder)).toEqual(['a.nii.gz']);
    await move(0.1);
    expect(await ensembleFolders({ ...options, outputFolder })).toEqual(['a', 'b']);
    expect(notices).toEqual([expect.stringMatching(/1\/b\.npz is slightly displaced from .*0\/b\.npz.*0\.1 voxels/)]);
  });

  it.each([null, 'rule'])(
    'does the others where a case is faulty, and leaves no old result of it, postprocessed: %s',
    async (rule) => {
      const members = await twoCases(`faulty ${rule}`);
      const outputFolder = join(folder, `faulty ${rule}`, 'out');
      const postprocessingFile =
        rule === null ? null : join(fixtures, 'merged_AB_postprocessed', 'postprocessing_for_merge.json');
      const options = { folders: members, outputFolder, threads: 1, saveNpz: true, postprocessingFile };
      await ensembleFolders(options);
      const whole = readdirSync(outputFolder, { recursive: true }) as string[];
      expect(whole.some((name) => /b\.nii\.gz$/.test(name))).toBe(true);
      await rm(join(outputFolder, 'a.nii.gz'));
      await writeFile(join(members[0]!, 'b.npz'), 'no archive');
      await expect(ensembleFolders(options)).rejects.toMatchObject({
        message: expect.stringMatching(/^1 of 2.*\n- .*b\.npz: /),
      });
      const left = readdirSync(outputFolder, { recursive: true }) as string[];
      expect(left.sort()).toEqual(whole.filter((name) => !/(^|\/)b\./.test(name)).sort());
    },
  );

  async function twoCases(name: string): Promise<string[]> {
    return await Promise.all(
      folders.map(async (from, i) => {
        const to = join(folder, name, String(i));
        for (const ending of ['npz', 'json']) {
          await cp(join(from, `aniso_10112.${ending}`), join(to, `a.${ending}`));
          await cp(join(from, `aniso_10112.${ending}`), join(to, `b.${ending}`));
        }
        return to;
      }),
    );
  }

  it.skipIf(!built)('gives the same in threads, and passes errors on', async () => {
    const two = await twoCases('threads');
    const out = join(folder, 'threads', 'out');
    expect(await ensembleFolders({ folders: two, outputFolder: out, threads: 2 })).toEqual(['a', 'b']);
    const expected = await readLabels(join(fixtures, 'merged_AB', 'aniso_10112.nii.gz'));
    for (const name of ['a', 'b']) expect((await readLabels(join(out, `${name}.nii.gz`))).data).toEqual(expected.data);
    await cp(join(two[0]!, 'a.json'), join(two[0]!, 'b.npz'));
    const broken = ensembleFolders({ folders: two, outputFolder: out, threads: 2 });
    const cause = [{ tag: 'bad-zip' }];
    await expect(broken).rejects.toMatchObject({
      tag: 'cases-failed',
      message: expect.stringMatching(/^1 of 2/),
      cause,
    });
    expect(readdirSync(out)).toEqual(['a.nii.gz']);
  });

  it("reads nnU-Net's own pickles where there is nothing else", async () => {
    const pickled = await Promise.all(
      folders.map(async (from, i) => {
        const to = join(folder, 'pickled', String(i));
        for (const ending of ['npz', 'pkl']) await cp(join(from, `aniso_10112.${ending}`), join(to, `a.${ending}`));
        return to;
      }),
    );
    const out = join(folder, 'pickled', 'out');
    await ensembleFolders({ folders: pickled, outputFolder: out, threads: 1, saveNpz: true });
    const expected = await readLabels(join(fixtures, 'merged_AB', 'aniso_10112.nii.gz'));
    const actual = await readLabels(join(out, 'a.nii.gz'));
    expect(actual.data).toEqual(expected.data);
    expect(actual.direction).toEqual(expected.direction);
    const written = JSON.parse(await readFile(join(out, 'a.json'), 'utf8'));
    const original = JSON.parse(await readFile(join(fixtures, 'model_A', 'aniso_10112.json'), 'utf8'));
    expect(written.crop_bbox).toEqual(original.crop_bbox);
  });

  it('does not overwrite what it merges', async () => {
    const two = await twoCases('own');
    const merging = ensembleFolders({ folders: two, outputFolder: two[1]! });
    await expect(merging).rejects.toMatchObject({ tag: 'usage', where: two[1] });
  });

  it('names what is missing before it starts', async () => {
    const two = await twoCases('missing');
    const outputFolder = join(folder, 'missing', 'out');
    await rm(join(two[1]!, 'a.json'));
    const properties = ensembleFolders({ folders: two, outputFolder: join(folder, 'missing', 'properties') });
    await expect(properties).rejects.toMatchObject({
      tag: 'cases-failed',
      cause: [{ tag: 'missing-properties', where: join(two[1]!, 'a.json') }],
    });
    await rm(join(two[1]!, 'b.npz'));
    const softmax = ensembleFolders({ folders: two, outputFolder });
    await expect(softmax).rejects.toMatchObject({ tag: 'missing-softmax', where: two[1] });
    const nothing = ensembleFolders({ folders: [join(fixtures, 'merged_AB_postprocessed')], outputFolder });
    await expect(nothing).rejects.toMatchObject({ tag: 'missing-softmax' });
    const rule = ensembleFolders({ folders, outputFolder, postprocessingFile: join(folder, 'none.json') });
    await expect(rule).rejects.toMatchObject({ tag: 'missing-file' });
    expect(existsSync(outputFolder)).toBe(false);
  });
});

it('refuses probabilities that are not finite, and names their file', async () => {
  const file = join(folder, 'nan.npz');
  const softmax = (last: number) => ({ data: Float32Array.of(0.5, 0.25, 0.5, last), shape: [2, 1, 1, 2] });
  await writeNpzFile(file, { softmax: softmax(0.75) });
  expect((await readSoftmax(file)).data[3]).toBe(0.75);
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    await writeNpzFile(file, { softmax: softmax(value) });
    await expect(readSoftmax(file)).rejects.toMatchObject({ tag: 'bad-softmax', where: file });
  }
});

it('reads probabilities of other types in single precision, and refuses other arrays', async () => {
  const file = join(folder, 'types.npz');
  const read = async (softmax: object, name = 'softmax') => {
    await writeNpzFile(file, { [name]: softmax as never });
    return readSoftmax(file);
  };
  const shape = [2, 1, 1, 1];
  expect(await read({ data: Float64Array.of(0.1, 0.9), shape })).toEqual({
    data: Float32Array.of(0.1, 0.9),
    shape,
    dtype: 'float32',
  });
  expect((await read({ data: Float32Array.of(0.25, 0.75), shape, dtype: 'float16' })).dtype).toBe('float16');
  await expect(read({ data: Float32Array.of(0.25, 0.75), shape }, 'probabilities')).rejects.toThrow('nnU-Net v2');
  await expect(read({ data: Float32Array.of(0.25, 0.75), shape: [2, 1, 1] })).rejects.toThrow(/of shape \[2, 1, 1\]/);
  await expect(read({ data: Float32Array.of(0.25, 0.75), shape }, 'other')).rejects.toThrow(
    /contains no array "softmax"/,
  );
  await expect(read({ data: Float32Array.of(Number.NaN, 0), shape })).rejects.toThrow(/contains NaN among/);
});
