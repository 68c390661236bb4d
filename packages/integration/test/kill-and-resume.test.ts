import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from './commands.ts';

/** A short run of the program: a kill while a checkpoint is written and one while the step changes; two numbers of workers. */
it('a training that is killed, interrupted and continued ends like an unbroken one', () => {
  const program = join(repository, 'tools/robustness/kill-and-resume.mjs');
  const short = ['--kills', '2', '--workers', '1,2', '--epochs', '4', '--iterations', '20', '--seed', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...short], { encoding: 'utf8' });
  expect(status, stdout + stderr).toBe(0);
  for (const name of ['2 workers', 'killed', 'signals'])
    expect(stdout).toMatch(new RegExp(`^ok +${name}: model_final_checkpoint, sha256 [0-9a-f]{16}$`, 'm'));
  expect(stdout).toContain('all hold');
}, 300_000);
