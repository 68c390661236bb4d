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

it('names what is missing', async () => {
  const read = await table('id,patient\na,1\nb,\n');
  expect(() => columnOf(read, 'patient', ['a', 'b', 'c'])).toThrow(/2 of 3 cases: b, c/);
  expect(() => columnOf(read, 'Patient', ['a'])).toThrow(/no column "Patient"[\s\S]*id, patient/);
  await expect(table('id,patient\n')).rejects.toThrow(/no rows/);
  await expect(table('id,patient\na,1\na,2\n')).rejects.toThrow(/a has two rows/);
  await expect(table('id,patient\na,1,2\n')).rejects.toThrow(/cases\.csv/);
});
