import { expect, it } from 'vitest';
import { plainTable } from './plain-table.ts';

it('lays names to the left and numbers to the right', () => {
  const rows = [
    ['case', 'label 1', 'b'],
    ['longest', '0.5', '12'],
  ];
  expect(plainTable(rows)).toEqual(['case     label 1   b', 'longest      0.5  12']);
});
