import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { requireContent } from './require-content.ts';

it('finds a file that does not contain what was written to it', async () => {
  const file = join(temporaryFolder(), 'file');
  // The second piece is compared in two parts.
  const pieces = [Uint8Array.of(1, 2, 3), new Uint8Array(2 ** 22 + 5).fill(7)];
  const bytes = Buffer.concat(pieces);
  await writeFile(file, bytes);
  await requireContent(file, pieces);
  for (const at of [0, 2, 3, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    await writeFile(file, changed);
    await expect(requireContent(file, pieces)).rejects.toMatchObject({ tag: 'bad-file-system', where: file });
  }
  await writeFile(file, bytes.subarray(0, -1));
  await expect(requireContent(file, pieces)).rejects.toMatchObject({ tag: 'bad-file-system' });
  expect(openFiles(dirname(file))).toEqual([]);
});
