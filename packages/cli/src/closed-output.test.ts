import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { outliveReaders } from './closed-output.ts';

let written: string[];
let stdout: EventEmitter;
let stderr: EventEmitter;
beforeEach(() => {
  written = [];
  stdout = new EventEmitter();
  stderr = Object.assign(new EventEmitter(), { write: (text: string) => written.push(text) });
  outliveReaders('name', { stdout, stderr } as unknown as NodeJS.Process);
});
afterEach(() => {
  process.exitCode = undefined;
});
const failure = (code?: string) => Object.assign(new Error(`fails with ${code}`), { code });

it.each(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])('goes on where nobody reads any more: %s', (code) => {
  stdout.emit('error', failure(code));
  stderr.emit('error', failure(code));
  expect([written, process.exitCode]).toEqual([[], undefined]);
});

it('says once that its output cannot be written, and ends with 1', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EPIPE']) stdout.emit('error', failure(code));
  expect([written, process.exitCode]).toEqual([['name: error: cannot write its output: fails with ENOSPC\n'], 1]);
  stderr.emit('error', failure('ENOSPC'));
  expect(written).toHaveLength(1);
});

it('says it where the reason has no code', () => {
  stdout.emit('error', failure());
  expect([written.length, process.exitCode]).toEqual([1, 1]);
});
