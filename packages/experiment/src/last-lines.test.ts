import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { lastLines } from './last-lines.ts';

const file = join(temporaryFolder(), 'job.log');
const heading = '\n$ nnUNet_train 2d\n# 2026-01-02T03:04:05.678Z on node1\n';

it('reads what the last attempt said at last', async () => {
  expect(await lastLines(file, 2)).toEqual([]);
  writeFileSync(file, `${heading}error: the disk is full\n`);
  expect(await lastLines(file, 2)).toEqual(['error: the disk is full']);
  writeFileSync(file, `${heading}error: the disk is full\n${heading}`);
  expect(await lastLines(file, 2)).toEqual([]);
  writeFileSync(file, `${heading}a\n\nb  \nc\n`);
  expect(await lastLines(file, 2)).toEqual(['b', 'c']);
  writeFileSync(file, `${heading}${'x'.repeat(10_000)}\nlast\n`);
  expect(await lastLines(file, 2)).toEqual(['last']);
});
