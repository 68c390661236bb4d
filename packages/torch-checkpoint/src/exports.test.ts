import { expect, it } from 'vitest';
import * as pure from './index.ts';
import * as node from './node/index.ts';

it('exports these names', () => {
  expect(Object.keys(pure).sort()).toEqual(['bytesSource', 'isTorchTensor', 'openTorchCheckpoint']);
  expect(Object.keys(node).sort()).toEqual(['openTorchFile']);
});
