import { expect, it } from 'vitest';
import { describeEstimate } from './prediction-estimate.ts';

it('says how much there is to do, and how long it takes', () => {
  expect(describeEstimate({ cases: 10, evaluations: 480, seconds: 100.4, atMost: false, unknown: 0 })).toBe(
    '10 cases, 480 evaluations of the network: about 1 min 40 s',
  );
  expect(describeEstimate({ cases: 1, evaluations: 8, seconds: 3, atMost: false, unknown: 0 })).toMatch(/^1 case, 8 /);
  expect(describeEstimate({ cases: 1, evaluations: 1, seconds: 1, atMost: true, unknown: 0 })).toBe(
    '1 case, at most 1 evaluation of the network: about 1 s or less',
  );
  expect(describeEstimate({ cases: 3, evaluations: 8, seconds: 3, atMost: false, unknown: 1 })).toMatch(
    /^3 cases, of which 1 of /,
  );
  expect(describeEstimate({ cases: 2, evaluations: 0, seconds: 0, atMost: false, unknown: 2 })).toBe(
    '2 cases of unknown size: the time will be estimated after the first',
  );
  expect(describeEstimate({ cases: 2, evaluations: 8, seconds: 3, atMost: false, unknown: 1 })).toBe(
    '2 cases, of which 1 of unknown size, 8 evaluations of the network: about 3 s',
  );
  expect(describeEstimate({ cases: 2, evaluations: 9, seconds: 4, atMost: true, unknown: 0 })).toBe(
    '2 cases, at most 9 evaluations of the network: about 4 s or less',
  );
});
