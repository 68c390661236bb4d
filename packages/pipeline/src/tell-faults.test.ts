import type { DatasetFault } from '@nnunet/dataset';
import { expect, it } from 'vitest';
import { listener } from './small-task.fixture.ts';
import { tellFaults, tellNotice } from './tell-faults.ts';

const fault = (severity: DatasetFault['severity']): DatasetFault => ({
  severity,
  file: 'f',
  what: `a ${severity}`,
  expected: 'e',
  found: 'f',
  remedy: 'r',
});

it('warns of faults, and tells notes alone as messages', () => {
  const reporter = listener();
  tellFaults([], reporter);
  expect(reporter.messages).toEqual([]);
  tellFaults([fault('note')], reporter);
  expect([reporter.messages.length, reporter.warnings]).toEqual([1, []]);
  tellFaults([fault('note'), fault('warning')], reporter);
  expect(reporter.warnings).toEqual([expect.stringMatching(/a warning[\s\S]*a note/)]);
  tellNotice({ severity: 'note', text: 'as it should be' }, reporter);
  tellNotice({ severity: 'warning', text: 'beware' }, reporter);
  expect(reporter.messages.slice(2)).toEqual(['as it should be', 'beware']);
  expect(reporter.warnings.slice(1)).toEqual(['beware']);
});
