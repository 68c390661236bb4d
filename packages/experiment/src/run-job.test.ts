import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { ExperimentFolder } from './experiment-folder.ts';
import { readJobRecord } from './job-record.ts';
import { runJob } from './run-job.ts';

const root = temporaryFolder();
const folder = new ExperimentFolder(resolveRoots({ root, env: {} }), { task: 'Task501_Liver', name: 'first' });

/** Runs a program given as its source. */
function run(source: string, more: { signal?: AbortSignal; stopAt?: Date; job?: string } = {}) {
  writeFileSync(join(root, 'program.mjs'), source);
  return runJob({
    job: 'prepare',
    command: { program: 'nnUNet_plan_and_preprocess', arguments: ['-t', '501'] },
    folder,
    programFile: () => join(root, 'program.mjs'),
    env: process.env,
    ...more,
  });
}

const log = (job: string) => readFileSync(folder.logFile(job), 'utf8');

it('keeps the output of every attempt and records how each ended', async () => {
  expect(await run('console.error("no disk"); process.exit(1)')).toBe('failed');
  expect(await run('console.log(process.argv.slice(2).join("+"))')).toBe('done');
  expect(log('prepare').match(/^(\$ .*|no disk|-t\+501)$/gm)).toEqual([
    '$ nnUNet_plan_and_preprocess -t 501',
    'no disk',
    '$ nnUNet_plan_and_preprocess -t 501',
    '-t+501',
  ]);
  const record = await readJobRecord(folder.recordFile('prepare'));
  expect(record!.attempts.map(({ outcome, exitCode }) => [outcome, exitCode])).toEqual([
    ['failed', 1],
    ['done', 0],
  ]);
});

const SAVING = (signal: string, code: number) =>
  `process.on('${signal}', () => { console.log('saved'); process.exit(${code}); }); setInterval(() => {}, 1000); console.log('ready');`;

it('asks the command to save and stop, by SIGTERM on a stop and by SIGUSR1 at a given time', async () => {
  const stop = new AbortController();
  const stopped = run(SAVING('SIGTERM', 143), { job: 'stopped', signal: stop.signal });
  await expect.poll(() => log('stopped'), { interval: 10 }).toContain('ready');
  stop.abort();
  expect(await stopped).toBe('interrupted');
  expect(log('stopped')).toContain('saved');
  const soon = new Date(Date.now() + 300);
  expect(await run(SAVING('SIGUSR1', 138), { job: 'timed', stopAt: soon })).toBe('interrupted');
  expect(log('timed')).toContain('saved');
});

it('takes a killed command for failed', async () => {
  expect(await run('process.kill(process.pid, "SIGKILL")', { job: 'killed' })).toBe('failed');
  expect((await readJobRecord(folder.recordFile('killed')))!.attempts[0]).toMatchObject({
    exitCode: null,
    signal: 'SIGKILL',
  });
});

it('starts nothing once it is stopped, and names a damaged record', async () => {
  await expect(run('', { job: 'never', signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
  expect(await readJobRecord(folder.recordFile('never'))).toBeNull();
  writeFileSync(folder.recordFile('never'), '{"job": 1, "attempts": []}');
  await expect(run('', { job: 'never' })).rejects.toMatchObject({ tag: 'bad-experiment' });
});
