import { expect, it } from 'vitest';
import { describeChangedSettings } from './changed-settings.ts';
import { defaultSettings, resolveSettings } from './training-settings.ts';

it('names what differs from the default, and nothing else', () => {
  expect(describeChangedSettings(defaultSettings)).toBe('');
  const shorter = resolveSettings({ epochs: 12, iterationsPerEpoch: 25, batchSize: 2 });
  expect(describeChangedSettings(shorter)).toBe(
    '12 epochs (default 1000), 25 iterations per epoch (default 250), 5 for validation (default 50), batch size 2',
  );
  expect(describeChangedSettings({ ...shorter, timeBudget: 1.5 }, { brief: true })).toBe(
    '12 epochs, 25 iterations per epoch, 5 for validation, batch size 2, time budget 1 min 30 s',
  );
});
