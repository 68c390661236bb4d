import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseProperties } from '@nnunet/schema';
import { readNpyFile, writeNpyFile, writeNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeCaseProperties } from './json-files.ts';
import { openPreparedCase, writePreparedCase } from './prepared-case.ts';
import { hasCasesOfV2, listCases, sourcesOfPrepared } from './prepared-folder.ts';
import { writeMadeFrom } from './provenance.ts';

const properties = JSON.parse(
  readFileSync(new URL('../../schema/fixtures/cropped.json', import.meta.url), 'utf8'),
) as CaseProperties;
const shape = [3, 6, 7, 9] as const;
const data = Float32Array.from({ length: 3 * 6 * 7 * 9 }, (_, i) => i);
const locations = {
  2: Int32Array.of(5, 6, 7, 0, 1, 2),
  1: Int32Array.of(1, 2, 3),
  3: new Int32Array(0),
  10: Int32Array.of(2, 2, 2),
  '1,10': Int32Array.of(3, 4, 5),
};

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** The box element by element. */
function box(lo: number[], hi: number[]): number[] {
  const values: number[] = [];
  for (let c = 0; c < 3; c++)
    for (let z = lo[0]!; z < hi[0]!; z++)
      for (let y = lo[1]!; y < hi[1]!; y++)
        for (let x = lo[2]!; x < hi[2]!; x++) values.push(((c * 6 + z) * 7 + y) * 9 + x);
  return values;
}

describe('prepared cases', () => {
  it('come back as they were written', async () => {
    await writePreparedCase(folder, 'case_1', { data, shape, properties, locations });
    expect(readdirSync(folder).sort()).toEqual(['case_1.json', 'case_1.npy', 'case_1_locations.npy']);
    const stored = await readNpyFile(join(folder, 'case_1_locations.npy'));
    expect([stored.dtype, stored.shape]).toEqual(['int32', [5, 4]]);
    const prepared = await openPreparedCase(folder, 'case_1');
    expect(prepared.shape).toEqual(shape);
    expect(prepared.properties).toEqual(properties);
    expect(prepared.locationCounts).toEqual({ 1: 1, 2: 2, 3: 0, 10: 1, '1,10': 1 });
    expect(await prepared.locations()).toEqual(locations);
    expect(await prepared.location(2, 1)).toEqual([0, 1, 2]);
    expect(await prepared.location('10', 0)).toEqual([2, 2, 2]);
    expect(await prepared.location('1,10', 0)).toEqual([3, 4, 5]);
    await expect(prepared.location(3, 0)).rejects.toThrow(/stores 0 voxels of class 3/);
    for (const [label, index] of [[2, 2], [2, -1], [2, 0.5], [7, 0]] as const) // biome-ignore format: a table
      await expect(prepared.location(label, index)).rejects.toThrow(RangeError);
    await prepared.close();
  });

  it.each(['npy', 'npz'])('give boxes of a .%s file', async (kind) => {
    if (kind === 'npy') await writePreparedCase(folder, 'a', { data, shape, properties });
    else {
      await writeNpzFile(join(folder, 'a.npz'), { data: { data, shape: [...shape] } });
      await writeCaseProperties(join(folder, 'a.json'), properties);
    }
    const prepared = await openPreparedCase(folder, 'a');
    for (const [lo, hi] of [
      [
        [1, 2, 3],
        [4, 5, 8],
      ],
      [
        [0, 0, 0],
        [6, 7, 9],
      ],
      [
        [5, 6, 8],
        [6, 7, 9],
      ],
      [
        [2, 0, 0],
        [3, 7, 9],
      ],
    ] as [number[], number[]][]) {
      // biome-ignore format: a table
      expect([...(await prepared.readBox(lo, hi))]).toEqual(box(lo, hi));
    }
    for (const [lo, hi] of [[[0, 0, 0], [6, 7, 10]], [[-1, 0, 0], [6, 7, 9]], [[0, 3, 0], [6, 2, 9]]] as const) // biome-ignore format: a table
      await expect((async () => prepared.readBox(lo, hi))()).rejects.toThrow(/outside shape/);
    expect(await prepared.readBox([1, 2, 3], [1, 5, 8])).toHaveLength(0);
    expect([prepared.locationCounts, await prepared.locations()]).toEqual([null, null]);
    await prepared.close();
  });

  it('are listed when complete', async () => {
    await writePreparedCase(folder, 'b', { data, shape, properties, locations });
    await writePreparedCase(folder, 'a', { data, shape, properties });
    await writeNpyFile(join(folder, 'unfinished.npy'), { data, shape });
    for (const name of ['c.npz', 'c_segFromPrevStage.npz', '.d.npz', 'notes.txt'])
      writeFileSync(join(folder, name), '');
    expect(await listCases(folder)).toEqual(['a', 'b', 'c']);
    await expect(listCases(join(folder, 'no'))).rejects.toMatchObject({ tag: 'missing-file' });
  });

  it('refuse damaged files, naming them', async () => {
    await writePreparedCase(folder, 'a', { data, shape, properties, locations });
    await writeNpyFile(join(folder, 'a_locations.npy'), { data: new Int32Array(4), shape: [1, 4] });
    const prepared = await openPreparedCase(folder, 'a');
    await expect(prepared.location(1, 0)).rejects.toMatchObject({ tag: 'bad-prepared-case' });
    await prepared.close();
    await writeNpyFile(join(folder, 'a.npy'), { data: new Float64Array(16), shape: [2, 2, 2, 2] });
    await expect(openPreparedCase(folder, 'a')).rejects.toThrow(
      /a\.npy: float32 .* expected, found float64 \(2, 2, 2, 2\)/,
    );
    const bytes = readFileSync(join(folder, 'a.npy'));
    writeFileSync(join(folder, 'a.npy'), bytes.subarray(0, bytes.length - 1));
    const remedy = 'Delete it and preprocess the task again.';
    await expect(openPreparedCase(folder, 'a')).rejects.toMatchObject({ tag: 'bad-npy', remedy });
    await expect(openPreparedCase(folder, 'z')).rejects.toMatchObject({ tag: 'missing-file' });
    writeFileSync(join(folder, 'z.pkl'), '');
    await expect(openPreparedCase(folder, 'z')).rejects.toMatchObject({
      tag: 'bad-pickle',
      where: join(folder, 'z.pkl'),
    });
  });

  it('are not left half of an earlier one', async () => {
    await writePreparedCase(folder, 'a', { data, shape, properties, locations });
    await writePreparedCase(folder, 'a', { data, shape, properties });
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'a.npy']);
    const wrong = { data: data.subarray(1), shape, properties };
    await expect(writePreparedCase(folder, 'b', wrong)).rejects.toThrow('1133 values for shape 3 x 6 x 7 x 9');
  });

  it('tell what they were made from where they are whole', async () => {
    const made_from = { image: 'a'.repeat(64) };
    await writePreparedCase(folder, 'a', { data, shape, properties: { ...properties, made_from }, locations });
    await writePreparedCase(folder, 'b', { data, shape, properties });
    await writePreparedCase(folder, 'c', { data, shape, properties: { ...properties, made_from } });
    const told = () => Promise.all(['a', 'b', 'c', 'd'].map((id) => sourcesOfPrepared(folder, id)));
    expect(await told()).toEqual([made_from, null, made_from, null]);
    rmSync(join(folder, 'a_locations.npy'));
    rmSync(join(folder, 'c.npy'));
    expect(await told()).toEqual([null, null, null, null]);
    expect(openFiles(folder)).toEqual([]);
  });

  it('refuse arrays and counts that do not belong to a case', async () => {
    await writePreparedCase(folder, 'a', { data, shape, properties, locations });
    const text = readFileSync(join(folder, 'a.json'), 'utf8');
    for (const count of ['-1', '1.5', '"1"']) {
      writeFileSync(join(folder, 'a.json'), text.replace('"10": 1', `"10": ${count}`));
      await expect(openPreparedCase(folder, 'a')).rejects.toMatchObject({ tag: 'bad-prepared-case', where: join(folder, 'a.json') }); // biome-ignore format: a row
    }
    writeFileSync(join(folder, 'a.json'), text);
    const arrays = [[1, 2, 3, 4], [2, 3, 4], [2, 1, 1, 3, 4]]; // biome-ignore format: a table
    for (const axes of arrays) {
      await writeNpyFile(join(folder, 'a.npy'), { data: new Float32Array(24), shape: axes });
      await expect(openPreparedCase(folder, 'a')).rejects.toThrow(`found float32 (${axes.join(', ')})`);
    }
    await writeNpyFile(join(folder, 'a.npy'), { data: new Float32Array(24), shape: [2, 2, 2, 3] });
    await (await openPreparedCase(folder, 'a')).close();
    rmSync(join(folder, 'a.npy'));
    await writeNpzFile(join(folder, 'a.npz'), { other: { data, shape: [...shape] } });
    await expect(openPreparedCase(folder, 'a')).rejects.toThrow(/a\.npz: contains no array "data"/);
    expect(openFiles(folder)).toEqual([]);
  });

  it('are not listed before preprocessing has come to its end', async () => {
    await expect(listCases(folder)).rejects.toThrow(/preprocessing has not started/);
    await writePreparedCase(folder, 'a', { data, shape, properties });
    await writeMadeFrom(folder, { sources: {}, unfinished: 2 });
    await expect(listCases(folder)).rejects.toMatchObject({ tag: 'unfinished' });
    await writeMadeFrom(folder, { sources: {} });
    expect(await listCases(folder)).toEqual(['a']);
    const refused = await listCases(join(folder, 'a.npy')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ nnunet: true });
    expect(String(refused)).not.toContain('has not started');
  });

  it('of nnU-Net v2 are named as such where there are no others', async () => {
    expect(await hasCasesOfV2(join(folder, 'none'))).toBe(false);
    for (const name of ['a.pkl', 'a_seg.b2nd', 'a.b2nd']) writeFileSync(join(folder, name), '');
    expect(await hasCasesOfV2(folder)).toBe(true);
    await expect(listCases(folder)).rejects.toThrow(/prepared by nnU-Net v2 \(\.b2nd\)/);
    await writePreparedCase(folder, 'a', { data, shape, properties });
    expect(await listCases(folder)).toEqual(['a']);
  });

  it('refuse names that would collide', async () => {
    await expect(writePreparedCase(folder, 'a_locations', { data, shape, properties })).rejects.toMatchObject({
      tag: 'bad-case-id',
    });
  });
});
