// npm test: sets up, then runs every check and test. The last line is "N passed, N failed"; each check counts as one.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = `${root}node_modules/.bin/`;
const started = Date.now();
let passed = 0;
let failed = 0;
let skipped = 0;

const setup = spawnSync(process.execPath, [`${root}tools/setup/setup.mjs`], { stdio: 'inherit' });
if (setup.status !== 0) {
  console.log('0 passed, 1 failed');
  process.exit(1);
}

/** Runs a program with its output shown as it comes. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function check(name, command, args) {
  console.log(`\n== ${name}`);
  const from = Date.now();
  const code = await run(command, args);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name}, ${((Date.now() - from) / 1000).toFixed(1)} s`);
  if (code === 0) passed++;
  else failed++;
}

await check('lint', `${bin}biome`, ['check', '.']);
await check('types of the browser-safe parts', `${bin}tsc`, ['-p', 'tsconfig.pure.json']);
await check('types', `${bin}tsc`, ['-p', 'tsconfig.json']);
await check('layers', process.execPath, ['tools/checks/layers.mjs']);
await check('twins', process.execPath, ['tools/checks/twins.mjs']);
await check('unused files, exports and dependencies', `${bin}knip`, ['--no-config-hints']);
await check('package manifests', process.execPath, ['tools/checks/manifests.mjs']);
await check('budgets', process.execPath, ['tools/checks/budgets.mjs']);

console.log('\n== tests');
const folder = mkdtempSync(join(tmpdir(), 'nnunet-test-'));
const report = join(folder, 'report.json');
const code = await run(`${bin}vitest`, ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
let tests = 0;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  tests = result.numPassedTests + result.numFailedTests;
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped = result.numPendingTests + result.numTodoTests;
  // A file that cannot be loaded has no failed test of its own.
  if (code !== 0 && result.numFailedTests === 0) failed++;
} catch {
  console.error('the test runner left no report');
  failed++;
}
rmSync(folder, { recursive: true, force: true });
if (tests === 0 && failed === 0) failed++;

console.log(
  `\n${((Date.now() - started) / 60000).toFixed(1)} minutes${skipped ? `; ${skipped} skipped: each says why above` : ''}`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
