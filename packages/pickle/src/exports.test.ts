import { expect, it } from 'vitest';
import * as pure from './index.ts';

it('exports these names', () => {
  expect(Object.keys(pure).sort()).toEqual([
    'BadPickle',
    'GlobalReference',
    'PickleBudget',
    'PickleFault',
    'PickledArray',
    'isBadPickle',
    'pickleToJson',
    'readPickle',
    'readPickleAt',
  ]);
});
