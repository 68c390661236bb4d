import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatasetFault } from '@nnunet/dataset';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { convertDecathlon } from './convert-decathlon.ts';
import { type RepairTaskOptions, repairTask } from './repair-task.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ repairDataset: vi.fn(), verifyDataset: vi.fn(), convertDecathlonTask: vi.fn() }));
vi.mock('@nnunet/dataset/node', async (original) => ({ ...(await original<object>()), ...work }));

let options: RepairTaskOptions;
let raw: string;
let reporter: ReturnType<typeof listener>;
beforeEach(() => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  raw = join(roots.rawBase!, 'nnUNet_raw_data');
  for (const task of ['Task007_Some_Name', 'Task009_Taken']) mkdirSync(join(raw, task), { recursive: true });
  reporter = listener();
  options = { roots, task: '7', outputTaskId: 8, copyGeometry: true, nanToZero: false, reporter };
  work.repairDataset.mockReset().mockImplementation(async ({ onProgress }) => {
    onProgress({ done: 1, total: 2, file: 'a' });
    return [{ file: 'a', what: 'NaN set to 0' }];
  });
  work.verifyDataset.mockReset().mockImplementation(async ({ onProgress }) => {
    onProgress({ done: 0, total: 3, file: 'b' });
    return { faults: [], files: 3 };
  });
});

it('writes a copy under another id, tells what it changed, and checks the copy', async () => {
  const folder = join(raw, 'Task008_Some_Name');
  const { signal } = new AbortController();
  const changes = [{ file: 'a', what: 'NaN set to 0' }];
  expect(await repairTask({ ...options, maxShift: 0.2, signal })).toEqual({ folder, changes });
  expect(work.repairDataset.mock.calls[0]![0]).toMatchObject({
    taskFolder: join(raw, 'Task007_Some_Name'),
    outputFolder: folder,
    copyGeometry: true,
    nanToZero: false,
    maxShift: 0.2,
    signal,
  });
  expect(work.verifyDataset.mock.calls[0]![0]).toMatchObject({ taskFolder: folder, signal });
  expect(reporter.messages).toEqual(['a: NaN set to 0']);
  expect(reporter.progressed).toEqual([
    { what: 'correcting', done: 1, total: 2, note: 'a' },
    { what: 'checking the copy', done: 0, total: 3, note: 'b' },
    { what: 'checking the copy', done: 3, total: 3 },
  ]);
  await repairTask(options);
  expect(work.repairDataset.mock.calls[1]![0]).not.toHaveProperty('maxShift');
});

it('refuses an id that is taken, and a copy that has faults still', async () => {
  await expect(repairTask({ ...options, outputTaskId: 9 })).rejects.toThrow(/the id 9 already exists: Task009_Taken/);
  expect(work.repairDataset).not.toHaveBeenCalled();
  const fault = { file: 'f', what: 'w', expected: 'e', found: 'f', remedy: 'r' };
  const found = (severity: DatasetFault['severity']) =>
    work.verifyDataset.mockResolvedValue({ faults: [{ ...fault, severity }], files: 1 });
  found('warning');
  await repairTask(options);
  expect(reporter.warnings).toEqual([expect.stringContaining('- w')]);
  found('error');
  await expect(repairTask(options)).rejects.toMatchObject({
    tag: 'dataset-integrity',
    where: join(raw, 'Task008_Some_Name'),
  });
});

it('converts a task of the Decathlon, and tells what it passed over or replaced', async () => {
  work.convertDecathlonTask.mockImplementation(async ({ onProgress }) => {
    onProgress({ done: 1, total: 4 });
    return { folder: 'out', skipped: ['a', 'b'], replaced: true };
  });
  const { roots } = options;
  const { signal } = new AbortController();
  expect(await convertDecathlon({ roots, input: 'in', outputTaskId: 5, concurrency: 3, reporter, signal })).toBe('out');
  expect(work.convertDecathlonTask.mock.calls[0]![0]).toMatchObject({
    input: 'in',
    rawBase: roots.rawBase,
    outputTaskId: 5,
    concurrency: 3,
    signal,
  });
  expect(reporter.progressed).toEqual([{ what: 'converting', done: 1, total: 4 }]);
  expect(reporter.messages).toEqual([
    'replaced the existing folder: out',
    'ignored, because they are not image files: a, b',
  ]);
  work.convertDecathlonTask.mockResolvedValue({ folder: 'out', skipped: [], replaced: false });
  await convertDecathlon({ roots, input: 'in', reporter });
  expect(reporter.messages).toHaveLength(2);
  work.convertDecathlonTask.mockResolvedValue({ folder: 'out', skipped: ['c'], replaced: false });
  await convertDecathlon({ roots, input: 'in', reporter });
  expect(reporter.messages[2]).toBe('ignored, because they are not image files: c');
});
