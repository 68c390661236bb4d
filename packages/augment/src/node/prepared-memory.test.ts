import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { writeCase } from './prepared-folder.fixture.ts';
import { openPreparedSource } from './prepared-source.ts';

/** What was read of the cases: boxes, all locations, whole archives. */
const read = vi.hoisted(() => ({ boxes: [] as string[], locations: 0, archives: 0 }));
vi.mock('@nnunet/store', async (original) => {
  const module = await original<typeof import('@nnunet/store')>();
  const openPreparedCase: typeof module.openPreparedCase = async (folder, id) => {
    const prepared = await module.openPreparedCase(folder, id);
    const [readBox, locations] = [prepared.readBox.bind(prepared), prepared.locations.bind(prepared)];
    prepared.readBox = (lower, upper) => {
      read.boxes.push(`${lower.join()} to ${upper.join()}`);
      return readBox(lower, upper);
    };
    prepared.locations = () => {
      read.locations++;
      return locations();
    };
    return prepared;
  };
  return { ...module, openPreparedCase };
});
vi.mock('@nnunet/tensor/node', async (original) => {
  const module = await original<typeof import('@nnunet/tensor/node')>();
  const readNpzFile: typeof module.readNpzFile = (path) => {
    read.archives++;
    return module.readNpzFile(path);
  };
  return { ...module, readNpzFile };
});

const folder = temporaryFolder();
afterAll(() => expect(openFiles(folder)).toEqual([]));
const shape = [2, 3, 5] as const;
/** Of two modalities and labels; voxel (1, 2, 4) has label 1, (0, 0, 1) label 2. */
const data = Float32Array.from({ length: 90 }, (_, i) => (i < 60 ? i : i === 89 ? 1 : i === 61 ? 2 : 0));

beforeAll(async () => {
  const locations = { 1: Int32Array.of(1, 2, 4), 2: Int32Array.of(0, 0, 1, 0, 0, 1) };
  await writeCase(folder, 'a', data, [3, ...shape], locations);
  await writeCase(folder, 'unknown', data, [3, ...shape]);
  await writeCase(folder, 'other', data.slice(0, 60), [2, ...shape]);
  const previous = Uint8Array.from({ length: 30 }, (_, i) => i);
  for (const id of ['a', 'unknown'])
    await writeNpzFile(join(folder, `${id}_segFromPrevStage.npz`), { data: { data: previous, shape: [...shape] } });
});
beforeEach(() => void Object.assign(read, { boxes: [], locations: 0, archives: 0 }));

const open = (cacheBytes: number | undefined, ...caseIds: string[]) =>
  openPreparedSource({ folder, caseIds, cacheBytes, previousStageFolder: folder });

it.each([
  // A case takes 3 x 30 numbers of 4 bytes, and four fifths of the memory are for cases.
  [450, true],
  [449, false],
  [undefined, true],
])('keeps whole cases in four fifths of %d bytes: %s', async (cacheBytes, keeps) => {
  const source = await open(cacheBytes, 'a');
  for (let i = 0; i < 2; i++) {
    const box = await source.readBox(0, [1, 0, 2], [2, 2, 4]);
    expect([...box.data]).toEqual([17, 18, 22, 23, 47, 48, 52, 53]);
    expect([...box.seg]).toEqual([0, 0, 0, 0]);
    expect([...box.previous!]).toEqual([17, 18, 22, 23]);
  }
  const part = '1,0,2 to 2,2,4';
  expect(read.boxes).toEqual(keeps ? ['0,0,0 to 2,3,5'] : [part, part]);
  await source.close();
});

it.each([
  // Three voxels of 12 bytes, or 30 labels of one, in a tenth.
  [360, 1, 1],
  [359, 2, 1],
  [300, 2, 1],
  [299, 2, 2],
])(
  'keeps locations, and labels of the stage before, in a tenth of %d bytes',
  async (cacheBytes, locations, archives) => {
    const source = await open(cacheBytes, 'a');
    for (let i = 0; i < 2; i++) {
      const found = await source.classLocations(0);
      expect([...found].map(([label, voxels]) => [label, ...voxels])).toEqual([
        [1, 1, 2, 4],
        [2, 0, 0, 1, 0, 0, 1],
      ]);
      await source.readBox(0, [0, 0, 0], [1, 1, 1]);
    }
    expect(read).toMatchObject({ locations, archives });
    await source.close();
  },
);

it('looks for the classes itself where their voxels are not stored', async () => {
  const source = await open(undefined, 'unknown');
  const found = await source.classLocations(0);
  expect([...found].map(([label, voxels]) => [label, ...voxels])).toEqual([
    [1, 1, 2, 4],
    [2, 0, 0, 1],
  ]);
  await source.close();
});

it('refuses cases of other modalities, and labels of the stage before that do not fit', async () => {
  const source = await open(undefined, 'a', 'other');
  await expect(source.shapeOf(1)).rejects.toMatchObject({
    tag: 'bad-prepared-case',
    where: 'other',
    what: 'has 1 modality, but other cases have 2',
  });
  await source.close();
  const own = temporaryFolder();
  const previous = join(own, 'a_segFromPrevStage.npz');
  const labels = { data: new Uint8Array(30), shape: [5, 3, 2] };
  for (const [content, what] of [
    [{ data: labels }, 'shape 5 x 3 x 2 instead of 2 x 3 x 5'],
    [{ other: labels }, 'contains no array "data"'],
  ] as const) {
    await writeNpzFile(previous, content as { data: typeof labels });
    const wrong = await openPreparedSource({ folder, caseIds: ['a'], previousStageFolder: own });
    const box = wrong.readBox(0, [0, 0, 0], [1, 1, 1]);
    await expect(box).rejects.toMatchObject({ tag: 'bad-previous-stage', where: previous, what });
    await wrong.close();
  }
  await writeFile(previous, 'damaged');
  const damaged = await openPreparedSource({ folder, caseIds: ['a'], previousStageFolder: own });
  await expect(damaged.readBox(0, [0, 0, 0], [1, 1, 1])).rejects.not.toMatchObject({ tag: 'no-previous-stage' });
  await damaged.close();
});
