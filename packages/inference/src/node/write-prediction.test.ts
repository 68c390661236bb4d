import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import type { CasePrediction } from '../case-prediction.ts';
import { writePrediction } from './write-prediction.ts';

const geometry = { shape: [1, 1, 2], spacing: [1, 1, 1], origin: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const prediction = {
  labels: () => ({ ...geometry, data: Uint8Array.of(0, 1) }),
  archive: () => ({ arrays: { softmax: { data: Float32Array.of(1, 0), shape: [2] } }, properties: {} }),
} as unknown as CasePrediction;

it('leaves no probabilities of an earlier prediction beside new labels', async () => {
  const folder = temporaryFolder();
  for (const name of ['a.nii.gz', 'a.npz', 'a.json', 'b.npz']) writeFileSync(join(folder, name), 'earlier');
  await writePrediction(join(folder, 'a'), prediction);
  expect(readdirSync(folder).sort()).toEqual(['a.nii.gz', 'b.npz']);
});

it('passes mode and limit on, and writes what an ensemble needs where that is wanted', async () => {
  const folder = temporaryFolder();
  const asked: unknown[] = [];
  const watched = {
    labels: (...given: unknown[]) => asked.push(['labels', ...given]) && prediction.labels(),
    archive: (...given: unknown[]) => asked.push(['archive', ...given]) && prediction.archive(),
  } as unknown as CasePrediction;
  await writePrediction(join(folder, 'a'), watched, { mode: 'fast', maxMemory: 7 });
  await writePrediction(join(folder, 'b'), watched, { saveProbabilities: true, maxMemory: 8 });
  expect(asked).toEqual([
    ['labels', 'fast', { maxMemory: 7 }],
    ['archive', { maxMemory: 8 }],
    ['labels', 'normal', { maxMemory: 8 }],
  ]);
  expect(readdirSync(folder).sort()).toEqual(['a.nii.gz', 'b.json', 'b.nii.gz', 'b.npz']);
});

it('leaves no labels of an earlier prediction beside new probabilities where it stops between them', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.nii.gz'), 'earlier');
  const stopped = {
    ...prediction,
    labels: () => {
      throw new Error('stopped');
    },
  } as CasePrediction;
  await expect(writePrediction(join(folder, 'a'), stopped, { saveProbabilities: true })).rejects.toThrow('stopped');
  expect(readdirSync(folder).sort()).toEqual(['a.json', 'a.npz']);
});
