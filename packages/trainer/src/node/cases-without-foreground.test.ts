import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCaseProperties, writePreparedCase } from '@nnunet/store';
import { writeNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { casesWithoutForeground } from './cases-without-foreground.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';

it('names the cases of which no voxel of a label is known', async () => {
  const root = temporaryFolder();
  await writeTinyTask(root, [0]);
  const folder = join(root, 'nnUNetData_plans_v2.1_stage0');
  const properties = await readCaseProperties(join(folder, 'case_0.json'));
  const content = { data: new Float32Array(2 * 8), shape: [2, 2, 2, 2] as const, properties };
  const [none, some] = [new Int32Array(), Int32Array.of(0, 1, 1)];
  await writePreparedCase(folder, 'empty', { ...content, locations: { 1: none, 2: none } });
  await writePreparedCase(folder, 'half', { ...content, locations: { 1: none, 2: some } });
  await writePreparedCase(folder, 'unknown', content);
  await writePreparedCase(folder, 'damaged', { ...content, locations: { 1: none } });
  await writeFile(join(folder, 'damaged.json'), '{');
  // Voxels of the background are not foreground.
  await writePreparedCase(folder, 'background', { ...content, locations: { '-1': some, 0: some, 1: none } });
  // It would have to be unpacked.
  await writePreparedCase(folder, 'packed', { ...content, locations: { 1: none } });
  await writeNpzFile(join(folder, 'packed.npz'), { data: { data: content.data, shape: [2, 2, 2, 2] } });
  await rm(join(folder, 'packed.npy'));
  const caseIds = ['case_0', 'damaged', 'packed', 'empty', 'half', 'unknown', 'background'];
  expect(await casesWithoutForeground({ kind: 'prepared', folder, caseIds })).toEqual(['empty', 'background']);
  expect(openFiles(folder)).toEqual([]);
  expect(await casesWithoutForeground({ kind: 'arrays', cases: [] })).toEqual([]);
});
