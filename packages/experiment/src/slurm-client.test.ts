import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { callSlurm, slurmClient } from './slurm-client.ts';

/** A folder with a program of a text as `squeue`. */
function installed(script: string): string {
  const folder = temporaryFolder();
  const file = join(folder, 'squeue');
  writeFileSync(file, `#!/bin/bash\n${script}\n`);
  chmodSync(file, 0o755);
  return folder;
}

const withPath = (folder: string, more: NodeJS.ProcessEnv = {}) => ({ PATH: `${folder}:/usr/bin:/bin`, ...more });

it('returns what a program prints, and how it ended', async () => {
  const folder = installed('echo "$@"; echo wrong >&2; exit 3');
  const answer = await slurmClient(withPath(folder))('squeue', ['-j', '1 2']);
  expect(answer).toEqual({ code: 3, output: '-j 1 2\n', errors: 'wrong\n' });
  await expect(callSlurm(slurmClient(withPath(folder)), 'squeue', [])).rejects.toThrow('squeue failed: wrong');
  const killed = installed('kill -TERM $$');
  expect(await slurmClient(withPath(killed))('squeue', [])).toMatchObject({ code: null });
});

it('keeps the configuration, but no variables that change what is printed or asked for', async () => {
  const env = withPath(installed('env | grep -E "^(S|LC_ALL)" | sort | tr "\\n" " "'), {
    ...{ SLURM_CONF: '/etc/s.conf', SLURM_CLUSTERS: 'c', SBATCH_PARTITION: 'p', LC_ALL: 'de_DE' },
    ...{ SLURM_MEM_PER_NODE: '100', SLURM_JOB_ID: '4', SQUEUE_FORMAT: '%i', SACCT_FORMAT: 'JobID' },
  });
  expect(await callSlurm(slurmClient(env), 'squeue', [])).toMatch(
    /^LC_ALL=C SBATCH_PARTITION=p (SHLVL=\d+ )?SLURM_CLUSTERS=c SLURM_CONF=\/etc\/s\.conf $/,
  );
});

it('says so if Slurm is not installed, or does not answer', async () => {
  await expect(slurmClient({ PATH: temporaryFolder() })('sbatch', [])).rejects.toThrow(
    /the program sbatch is not installed here[\s\S]*login node/,
  );
  const hanging = withPath(installed('exec sleep 5'));
  await expect(slurmClient(hanging, 200)('squeue', [])).rejects.toThrow(/squeue did not answer within 0.2 s/);
});
