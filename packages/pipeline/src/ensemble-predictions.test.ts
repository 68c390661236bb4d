import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { ensemblePredictions } from './ensemble-predictions.ts';
import { writeLabelTables } from './label-table.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ ensembleFolders: vi.fn() }));
vi.mock('@nnunet/ensemble/node', () => work);

it('hands its options on, tells notices and how far it is, and writes the names of labels', async () => {
  const reporter = listener();
  const [f, o] = [temporaryFolder(), temporaryFolder()];
  await writeLabelTables(join(f, 'dseg'), { 1: 'liver' });
  const { signal } = new AbortController();
  work.ensembleFolders.mockImplementation(async ({ onNotice, onProgress }) => {
    onNotice({ severity: 'warning', text: 'beware' });
    onProgress({ step: 'merging', done: 1, total: 2, caseId: 'a' });
    return ['a', 'b'];
  });
  const options = { folders: ['g', f], outputFolder: o, threads: 1, saveSoftmax: true, reporter, signal };
  expect(await ensemblePredictions({ ...options, maxMemory: 7, strictGeometry: true })).toEqual(['a', 'b']);
  expect(work.ensembleFolders.mock.calls[0]![0]).toMatchObject({
    folders: ['g', f],
    outputFolder: o,
    threads: 1,
    postprocessingFile: null,
    saveNpz: true,
    maxMemory: 7,
    grid: { strict: true },
    signal,
  });
  expect(reporter.warnings).toEqual(['beware']);
  expect(reporter.progressed).toEqual([{ what: 'merging', done: 1, total: 2, note: 'a' }]);
  expect(readFileSync(join(o, 'dseg.tsv'), 'utf8')).toContain('1\tliver\t');
  await ensemblePredictions({ ...options, threads: 2, postprocessingFile: 'p' });
  expect(work.ensembleFolders.mock.calls[1]![0]).toMatchObject({ threads: 2, postprocessingFile: 'p' });
  for (const threads of [0, 1.5, -1])
    await expect(ensemblePredictions({ ...options, threads })).rejects.toMatchObject({ tag: 'usage' });
});
