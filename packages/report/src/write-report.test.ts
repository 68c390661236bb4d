import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { exampleReport } from './page/example-report.fixture.ts';
import { writeReport } from './write-report.ts';

let folder: string;
let page: string;
beforeEach(() => {
  folder = join(temporaryFolder(), 'reports');
  page = join(folder, 'report.html');
});

const tables = ['cases', 'dataset', 'predictions', 'scores', 'trainings'].map((name) => `report_${name}.csv`);

it('writes a page, and beside it all numbers but no pictures', async () => {
  const data = exampleReport();
  const files = await writeReport(data, page);
  expect(files[0]).toBe(page);
  expect([...files].sort()).toEqual(['report.html', 'report.json', ...tables].map((name) => join(folder, name)));
  const stored = await readFile(join(folder, 'report.json'), 'utf8');
  expect(stored).not.toMatch(/data:image|"volume"|"pictures"/);
  expect(JSON.parse(stored)).toMatchObject({
    task: data.task,
    scores: data.scores,
    cases: data.cases.map(({ id, dice, remarks, role }) => ({ id, dice, remarks, role })),
  });
});

it('leaves no table of an earlier report beside a page without it', async () => {
  const data = { ...exampleReport(), cases: [] };
  await writeReport({ ...data, scores: null }, page);
  await writeReport({ ...data, predictions: null, trainings: [] }, page);
  expect((await readdir(folder)).sort()).toEqual([
    'report.html',
    'report.json',
    'report_dataset.csv',
    'report_scores.csv',
  ]);
});

it('replaces a page only after its numbers, and refuses other names', async () => {
  await mkdir(join(folder, 'report_trainings.csv'), { recursive: true });
  await writeFile(page, 'of before');
  await expect(writeReport({ ...exampleReport(), cases: [] }, page)).rejects.toThrow(/report_trainings\.csv/);
  expect(await readFile(page, 'utf8')).toBe('of before');
  await rm(folder, { recursive: true });
  await expect(writeReport(exampleReport(), join(folder, 'report.htm'))).rejects.toMatchObject({ tag: 'usage' });
});
