import { join } from 'node:path';
import { PickledArray } from '@nnunet/pickle';
import { writeNpyFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoredLocations, v1ClassLocations } from './class-locations.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('StoredLocations', () => {
  const rows = [2, 5, 6, 7, 2, 8, 9, 1, 10, 3, 4, 2];
  const open = async (values: number[], counts: Record<string, number>, kind: 'int32' | 'float32' = 'int32') => {
    const path = join(folder, 'a_locations.npy');
    const data = kind === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    await writeNpyFile(path, { data, shape: [values.length / 4, 4] });
    return new StoredLocations(path, counts);
  };

  it('finds the rows of a class behind those of lower ones, whatever their order', async () => {
    const stored = await open(rows, { 10: 1, 2: 2, 3: 0 });
    expect(await stored.location(2, 1)).toEqual([8, 9, 1]);
    expect(await stored.location(10, 0)).toEqual([3, 4, 2]);
    expect(await stored.all()).toEqual({ 2: Int32Array.of(5, 6, 7, 8, 9, 1), 3: new Int32Array(0), 10: Int32Array.of(3, 4, 2) }); // biome-ignore format: a table
    expect(openFiles(folder)).toHaveLength(process.platform === 'linux' ? 1 : 0);
    await stored.close();
    expect(openFiles(folder)).toEqual([]);
    await stored.close();
    // Who was still at work gets an answer, and leaves nothing open.
    expect(await stored.location(2, 0)).toEqual([5, 6, 7]);
    expect(openFiles(folder)).toEqual([]);
    await stored.close();
  });

  it('keeps regions and annotated voxels behind the labels, sorted by their text', async () => {
    const counts = { '1,2': 1, 3: 1, '-1,0,1,2,3': 2, '2,1': 0 };
    const stored = await open([3, 0, 0, 1, -1, 5, 6, 7, -1, 8, 9, 1, -2, 3, 4, 2], counts);
    expect(await stored.location(3, 0)).toEqual([0, 0, 1]);
    expect(await stored.location('-1,0,1,2,3', 1)).toEqual([8, 9, 1]);
    expect(await stored.location('1,2', 0)).toEqual([3, 4, 2]);
    expect((await stored.all())['2,1']).toEqual(new Int32Array(0));
    await stored.close();
  });

  it.each([
    ['more rows than counted', rows, { 2: 2 }, 'int32'],
    ['fewer rows', rows, { 2: 2, 10: 2 }, 'int32'],
    ['rows of another class', rows, { 2: 1, 10: 2 }, 'int32'],
    ['fractions', rows, { 2: 2, 10: 1 }, 'float32'],
  ] as const)('refuses what does not fit the counts: %s', async (_, values, counts, kind) => {
    const stored = await open([...values], counts, kind);
    for (const read of [() => stored.location(10, 0), () => stored.all()]) {
      await expect(read()).rejects.toMatchObject({ tag: 'bad-prepared-case', where: join(folder, 'a_locations.npy') });
    }
    await stored.close();
    expect(openFiles(folder)).toEqual([]);
  });
});

describe('v1ClassLocations', () => {
  const shape = [2, 4, 5, 6];
  const array = (values: number[], axes: number[]) => new PickledArray(Float64Array.from(values), axes, 'float64');
  const of = (content: unknown) => v1ClassLocations(content, shape, 'a.pkl');

  it('takes arrays of voxels, up to the last one of the image, and empty lists', async () => {
    const found = of(new Map<number, unknown>([[1, array([3, 4, 5, 0, 0, 0], [2, 3])], [2, []], [3, array([], [0, 3])]])); // biome-ignore format: a table
    expect(found.counts).toEqual({ 1: 2, 2: 0, 3: 0 });
    expect(await found.location(1, 0)).toEqual([3, 4, 5]);
    expect(await found.location(1, 1)).toEqual([0, 0, 0]);
    const copy = await found.all();
    copy[1]![0] = 9;
    expect((await found.all())[1]).toEqual(Int32Array.of(3, 4, 5, 0, 0, 0));
    await found.close();
  });

  it.each([
    ['no dictionary', [1]],
    ['a class that is not a number', new Map([['a', []]])],
    ['a list that is not empty', new Map([[1, [1, 2, 3]]])],
    ['something else', new Map([[1, 'a']])],
    ['one axis', new Map([[1, array([1, 2, 3], [3])]])],
    ['three axes', new Map([[1, array([1, 2, 3], [1, 3, 1])]])],
    ['two numbers per voxel', new Map([[1, array([1, 2], [1, 2])]])],
    ['a voxel below the image', new Map([[1, array([0, -1, 0], [1, 3])]])],
    ['a voxel beyond z', new Map([[1, array([4, 0, 0], [1, 3])]])],
    ['a voxel beyond y', new Map([[1, array([0, 5, 0], [1, 3])]])],
    ['a voxel beyond x', new Map([[1, array([0, 0, 0, 0, 0, 6], [2, 3])]])],
    ['a fraction', new Map([[1, array([0, 0.5, 0], [1, 3])]])],
  ])('refuses %s', (_, content) => {
    expect(() => of(content)).toThrow(expect.objectContaining({ tag: 'bad-prepared-case', where: 'a.pkl' }));
  });
});
