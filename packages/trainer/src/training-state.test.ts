import { expect, it } from 'vitest';
import { resolveSettings } from './training-settings.ts';
import { startingState, stateFromJson, stateToJson } from './training-state.ts';

const json = () => stateToJson(startingState(resolveSettings(), 0.9));

it('begins at nothing', () => {
  expect(startingState(resolveSettings({ epochs: 3 }), 0.9)).toMatchObject({
    settings: { epochs: 3 },
    epoch: 0,
    momentum: 0.9,
    elapsedSeconds: 0,
    criterion: null,
    best: null,
    finished: false,
  });
});

it('survives JSON, NaN included', () => {
  const state = startingState(resolveSettings(), 0.9);
  state.iterationLosses = [0.5, Number.NaN];
  state.log.validationMetrics = [Number.NaN, 0.25];
  expect(stateFromJson(stateToJson(state), 'file')).toEqual(state);
  // What an earlier version did not write is empty.
  const { waitingShares: _, ...log } = json().log as Record<string, unknown>;
  expect(stateFromJson({ ...json(), log }, 'file').log.waitingShares).toEqual([]);
});

it.each([
  ['nothing', null],
  ['a text', 'state'],
  ['no epoch', { ...json(), epoch: undefined }],
  ['half an epoch', { ...json(), epoch: 0.5 }],
  ['no losses', { ...json(), iterationLosses: {} }],
  ['no settings', { ...json(), settings: 3 }],
  ['no log', { ...json(), log: undefined }],
])('refuses a checkpoint with %s where its state should be', (_, value) => {
  expect(() => stateFromJson(value, 'file')).toThrow(expect.objectContaining({ tag: 'bad-checkpoint', where: 'file' }));
});
