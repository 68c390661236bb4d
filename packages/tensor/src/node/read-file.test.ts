import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { readTextFile } from './read-file.ts';

const text = '{"name": "Müller", "π": 1}';
const utf16 = Buffer.from(text, 'utf16le');
const swapped = Buffer.from(utf16).swap16();
const bytes = (...parts: (Buffer | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));

it.each([
  ['UTF-8', bytes(Buffer.from(text))],
  ['UTF-8 with a mark', bytes([0xef, 0xbb, 0xbf], Buffer.from(text))],
  ['UTF-16, little endian, with a mark', bytes([0xff, 0xfe], utf16)],
  ['UTF-16, little endian', utf16],
  ['UTF-16, big endian, with a mark', bytes([0xfe, 0xff], swapped)],
  ['UTF-16, big endian', swapped],
])('reads %s', async (_, content) => {
  const file = join(temporaryFolder(), 'x.json');
  writeFileSync(file, content);
  expect(await readTextFile(file)).toBe(text);
});

it('reads an empty file, and names one that is not there', async () => {
  const file = join(temporaryFolder(), 'x.json');
  writeFileSync(file, '');
  expect(await readTextFile(file)).toBe('');
  await expect(readTextFile(`${file}.gone`)).rejects.toMatchObject({ tag: 'missing-file', where: `${file}.gone` });
});
