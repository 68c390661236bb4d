import { spawnSync } from 'node:child_process';

/** Runs a program, and throws if it fails. */
export function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/** Runs a program with these environment variables besides its own, and returns what it prints; throws if it fails. */
export function outputOf(program, args, env) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Prints what dciodvfy finds wrong with a DICOM file, and counts it. */
export function validate(file) {
  const { stderr, error } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
  if (error) return { errors: 0, summary: 'dciodvfy is not installed' };
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error'));
  const warnings = stderr.split('\n').filter((line) => line.startsWith('Warning'));
  for (const line of new Set([...errors, ...warnings])) console.log(`  ${line}`);
  return { errors: errors.length, summary: `${errors.length} errors, ${warnings.length} warnings` };
}
