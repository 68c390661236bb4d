// Reads thousands of damaged files of every kind: each is read rightly or refused with an error that says so, soon, and
// nothing is written outside of the folder of results.
//
// node tools/robustness/damaged-files.mjs [--count 5000]     of each kind; in the tests it is some hundreds
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { count: { type: 'string', default: '5000' } } });
const root = fileURLToPath(new URL('../../', import.meta.url));
const tests = [
  'packages/pickle/test/fuzz.test.ts',
  'packages/torch-checkpoint/test/fuzz.test.ts',
  'packages/sharing/src/install-archive.test.ts',
  'packages/integration/test/damaged-files.test.ts',
];
const vitest = `${root}node_modules/vitest/vitest.mjs`;
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', ...tests, '--testTimeout=7200000', '--reporter=verbose'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NNUNET_FUZZ: values.count },
  },
);
process.exitCode = status ?? 1;
