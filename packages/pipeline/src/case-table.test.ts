import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { columnOf, readCaseTable } from './case-table.ts';

const folder = temporaryFolder();
const file = join(folder, 'cases.csv');
const table = (text: string, caseColumn?: string) => {
  writeFileSync(file, text);
  return readCaseTable(file, caseColumn);
};

it.each([',', ';', '\t'])('reads columns separated by %j', async (mark) => {
  const text = '\ufeffid|patient|note\r\na.nii.gz|P 1|"one| two"\r\nb|P 2|\r\n'.replaceAll('|', mark);
  const read = await table(text);
  expect(columnOf(read, 'patient', ['a', 'b'])).toEqual(new Map([['a', 'P 1'], ['b', 'P 2']])); // biome-ignore format: a table
  expect(read.rows.get('a')!.note).toBe(`one${mark} two`);
});

it('takes the case ids from the column named', async () => {
  expect(columnOf(await table('patient,id\n7,a\n', 'id'), 'patient', ['a'])).toEqual(new Map([['a', '7']]));
});

it('takes the mark that the heading has most of, and commas where it has none', async () => {
  expect((await table('id;a,b;c\nx;1,5;2\n')).columns).toEqual(['id', 'a,b', 'c']);
  expect((await table('id;a,b\nx;1,5\n')).columns).toEqual(['id;a', 'b']);
  expect((await table('id\na;b\n')).rows.get('a;b')).toEqual({ id: 'a;b' });
  expect((await table(' id , a \n\n x , 1 \n')).rows).toEqual(new Map([['x', { id: 'x', a: '1' }]]));
});

it('names what is missing', async () => {
  const read = await table('id,patient\na,1\nb,\n');
  expect(() => columnOf(read, 'patient', ['a', 'b', 'c'])).toThrow(/2 of 3 cases: b, c/);
  expect(() => columnOf(read, 'Patient', ['a'])).toThrow(/no column "Patient"[\s\S]*id, patient/);
  await expect(table('id,patient\n')).rejects.toThrow(/no rows/);
  await expect(table('id,patient\na,1\na,2\n')).rejects.toThrow(/a has two rows/);
  await expect(table('id,patient\na,1,2\n')).rejects.toThrow(/^.*cases\.csv: Invalid Record Length/);
  await expect(table('')).rejects.toThrow(/no rows/);
  await expect(table('id\na\n', 'case')).rejects.toThrow(/no column "case"/);
  const many = Array.from({ length: 11 }, (_, i) => `m${i}`);
  expect(() => columnOf(read, 'patient', many)).toThrow(/11 of 11 cases: m0, .*, m9, …\n/);
  expect(() => columnOf(read, 'patient', ['a', 'c'])).toThrow(/1 of 2 cases: c\n/);
});
