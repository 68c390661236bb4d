import { expect, it } from 'vitest';
import { formatCsv } from './csv.ts';

it('quotes what would end a cell, as RFC 4180 says, and leaves null empty', () => {
  const rows = [['a,b', 'a"b', 'a\nb', 'a\rb', 'a b'], [null, true, -0.5, '', 1e21]]; // biome-ignore format: rows
  expect(formatCsv(rows)).toBe('"a,b","a""b","a\nb","a\rb",a b\n,true,-0.5,,1e+21\n');
});
