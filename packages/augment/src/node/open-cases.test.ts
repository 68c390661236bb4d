import { basename } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenCases } from './open-cases.ts';
import { writeCase } from './prepared-folder.fixture.ts';

const folder = temporaryFolder();
afterAll(() => expect(openFiles(folder)).toEqual([]));
const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const write = (id: string) => writeCase(folder, id, new Float32Array(2), [2, 1, 1, 1]);
beforeAll(async () => {
  for (const id of ids) await write(id);
});

/** Cases that are open. */
const open = () => openFiles(folder).map((file) => basename(file, '.npy'));
const name = async ({ id }: { id: string }) => id;

describe.runIf(process.platform === 'linux')('open cases', () => {
  it('are the four that were used last, until they are closed', async () => {
    const cases = new OpenCases(folder, ids);
    for (const index of [0, 1, 2, 3]) expect(await cases.use(index, name)).toBe(ids[index]);
    expect(open()).toEqual(['a', 'b', 'c', 'd']);
    await cases.use(0, name);
    await cases.use(4, name);
    expect(open()).toEqual(['a', 'c', 'd', 'e']);
    await cases.use(5, name);
    expect(open()).toEqual(['a', 'd', 'e', 'f']);
    await cases.close();
    expect(open()).toEqual([]);
  });

  it('are as many as are allowed, and those that are in use', async () => {
    const cases = new OpenCases(folder, ids, 1);
    await cases.use(0, () =>
      cases.use(1, async () => {
        await cases.use(2, name);
        expect(open()).toEqual(['a', 'b']);
      }),
    );
    expect(open()).toHaveLength(1);
    await cases.close();
  });

  it('stay open where the work with them fails', async () => {
    const cases = new OpenCases(folder, ids);
    const work = async () => {
      throw new Error('bad voxels');
    };
    await expect(cases.use(3, work)).rejects.toThrow('bad voxels');
    expect(open()).toEqual(['d']);
    await cases.close();
  });

  it('are asked for again where they could not be opened', async () => {
    const cases = new OpenCases(folder, ['later']);
    await expect(cases.use(0, name)).rejects.toMatchObject({ tag: 'missing-file' });
    await write('later');
    expect(await cases.use(0, name)).toBe('later');
    await cases.close();
  });
});
