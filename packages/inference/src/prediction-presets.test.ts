import { expect, it } from 'vitest';
import { tilingOfPreset } from './prediction-presets.ts';

it('mirrors along what the model allows', () => {
  expect(tilingOfPreset('exact', [0, 1, 2])).toEqual({ mirrorAxes: [0, 1, 2], stepSize: 0.5, tiles: 'all' });
  expect(tilingOfPreset('balanced', [0, 1]).mirrorAxes).toEqual([1]);
  expect(tilingOfPreset('balanced', []).mirrorAxes).toEqual([]);
  expect(tilingOfPreset('quick', [0, 1, 2])).toEqual({ mirrorAxes: [], stepSize: 0.75, tiles: 'body' });
});

it('gives way to single choices', () => {
  const choices = { mirrorAxes: [], tiles: 'all', stepSize: undefined } as const;
  expect(tilingOfPreset('balanced', [0, 1, 2], choices)).toEqual({ mirrorAxes: [], stepSize: 0.5, tiles: 'all' });
});
