import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';

it('keeps the process alive until it has ended, even if it answers meanwhile', () => {
  const folder = temporaryFolder();
  const dist = new URL('../../dist/node/index.js', import.meta.url);
  writeFileSync(join(folder, 'worker.mjs'), `import { serveThread } from '${dist}'; serveThread(() => 1);`);
  const program = join(folder, 'program.mjs');
  writeFileSync(
    program,
    `import { Thread } from '${dist}';
const thread = new Thread('${join(folder, 'worker.mjs')}');
await thread.call(0, { name: 'first' });
const call = thread.call(1, { name: 'second' });
// The answer arrives, but is not received before the end is requested.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
const end = thread.terminate();
await call;
await end;
console.log('ended');`,
  );
  expect(spawnSync(process.execPath, [program], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: 'ended\n' });
});
