import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { LogFile } from './log-file.ts';

afterEach(() => void vi.useRealTimers());

it("writes v1's log for people, and one JSON object a line for programs", async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(2021, 2, 4, 5, 6, 7, 8) });
  const folder = join(temporaryFolder(), 'fold_0');
  const told: string[] = [];
  const log = await LogFile.start(folder, (text) => told.push(text));
  await log.line('epoch:  1');
  await log.record({ epoch: 1, metric: Number.NaN });
  vi.setSystemTime(new Date(2021, 11, 24, 18, 30, 59, 250));
  await log.line('epoch:  2');
  await log.record({ epoch: 2, metric: 0.5 });
  const name = 'training_log_2021_3_4_05_06_07';
  expect(log.path).toBe(join(folder, `${name}.txt`));
  expect(readdirSync(folder).sort()).toEqual([`${name}.jsonl`, `${name}.txt`]);
  expect(readFileSync(log.path, 'utf8')).toBe(
    'Starting... \n2021-03-04 05:06:07.008000: epoch:  1\n2021-12-24 18:30:59.250000: epoch:  2\n',
  );
  const records = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  expect(records.map((line) => JSON.parse(line))).toEqual([
    { time: new Date(2021, 2, 4, 5, 6, 7, 8).toISOString(), epoch: 1, metric: null },
    { time: new Date(2021, 11, 24, 18, 30, 59, 250).toISOString(), epoch: 2, metric: 0.5 },
  ]);
  expect(told).toEqual(['epoch:  1', 'epoch:  2']);
});

it('names a log that cannot be written', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(LogFile.start(file)).rejects.toThrow(file);
});
