import { expect, it } from 'vitest';
import { caseProgress } from './reporter.ts';

it('counts a case once all of it is predicted', () => {
  const progress = { caseId: 'c', casesDone: 3, cases: 8, share: 0.99, secondsLeft: 20 };
  expect(caseProgress('predicting', progress)).toEqual({
    what: 'predicting',
    done: 3,
    total: 8,
    note: 'c',
    secondsLeft: 20,
  });
  expect(caseProgress('predicting', { ...progress, share: 1, secondsLeft: null })).toMatchObject({
    done: 4,
    secondsLeft: undefined,
  });
});
