import inspector from 'node:inspector';
import { afterEach, expect, it, vi } from 'vitest';
import { closeEarlyDebugger } from './early-debugger.ts';

const { execArgv } = process;
afterEach(() => {
  process.execArgv = execArgv;
  vi.unstubAllEnvs();
  if (inspector.url() !== undefined) inspector.close();
});

/** Whether the debugger was closed, of a process with these arguments. */
async function closes(options: string | undefined, given: string[]): Promise<boolean> {
  vi.stubEnv('NODE_OPTIONS', options);
  process.execArgv = given;
  return await closeEarlyDebugger();
}

it('closes a debugger that nobody asked for, and says so', async () => {
  expect(await closes(undefined, [])).toBe(false);
  inspector.open(0, '127.0.0.1');
  expect(await closes(undefined, ['--max-old-space-size=100', '--inspect=0'])).toBe(false);
  expect(await closes('--inspect', [])).toBe(false);
  expect(inspector.url()).toBeDefined();
  expect(await closes(undefined, ['--max-old-space-size=100'])).toBe(true);
  expect(inspector.url()).toBeUndefined();
});
