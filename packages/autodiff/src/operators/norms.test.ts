import { expect, it } from 'vitest';
import * as ad from '../everything.fixture.ts';

it('writes a group norm of single channels as one instance norm', () => {
  const [x, gamma, beta] = [ad.input('x', [2, 6, 3, 4]), ad.input('gamma', [6]), ad.input('beta', [6])];
  const norm = ad.groupNorm(x, gamma, beta, { groups: 6, epsilon: 0.5 });
  expect(norm).toMatchObject({ op: 'instanceNorm', inputs: [x, gamma, beta], attributes: { epsilon: 0.5 } });
  expect(ad.groupNorm(x, gamma, beta, { groups: 3 }).op).toBe('add');
});
