import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { labelTable, writeLabelTables } from './label-table.ts';

const names = { '2': 'left\tkidney', '0': 'background', '10': 'tumour' };

it('gives labels the colours of the overlays, in the order of their values', () => {
  // v1's first three colours.
  expect(labelTable(names)).toEqual([
    { value: 0, name: 'background', rgb: [0x00, 0x00, 0x00] },
    { value: 2, name: 'left\tkidney', rgb: [0x43, 0x63, 0xd8] },
    { value: 10, name: 'tumour', rgb: [0xf5, 0x82, 0x31] },
  ]);
  expect(labelTable({ '1': 'liver' })).toEqual([{ value: 1, name: 'liver', rgb: [0x43, 0x63, 0xd8] }]);
});

it("writes them in BIDS's form and in 3D Slicer's", async () => {
  const folder = temporaryFolder();
  await writeLabelTables(join(folder, 'dseg'), names);
  expect(readdirSync(folder).sort()).toEqual(['dseg.ctbl', 'dseg.tsv']);
  expect(readFileSync(join(folder, 'dseg.tsv'), 'utf8')).toBe(
    'index\tname\tcolor\n0\tbackground\t#000000\n2\tleft kidney\t#4363d8\n10\ttumour\t#f58231\n',
  );
  expect(readFileSync(join(folder, 'dseg.ctbl'), 'utf8')).toBe(
    '# Color table file\n# 3 values\n0 background 0 0 0 0\n2 left_kidney 67 99 216 255\n10 tumour 245 130 49 255\n',
  );
  await writeLabelTables(join(folder, 'unknown'), {});
  expect(existsSync(join(folder, 'unknown.tsv'))).toBe(false);
});
