import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';

it('is off: a session leaves nothing in the folder for temporary files', async () => {
  const folder = temporaryFolder();
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const module = new URL('../../dist/node/internal.js', import.meta.url).href;
  const script = `const { measureSpeed } = await import('${module}'); console.log(await measureSpeed() > 0)`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...env, TMPDIR: folder },
  });
  expect(stdout).toBe('true\n');
  expect(readdirSync(folder)).toEqual([]);
});
