import type { EventEmitter } from 'node:events';
import type { LoweredGraph } from '@nnunet/autodiff';
import { isNnUNetError } from '@nnunet/errors';
import { toPortable } from '@nnunet/errors/internal';
import { beforeEach, expect, it, vi } from 'vitest';
import { GraphThread } from './graph-thread.ts';

interface FakeWorker extends EventEmitter {
  asked: { kind: string; id: number }[];
}
const workers = vi.hoisted(() => [] as unknown[]);

/** A thread that does nothing of itself: a test answers for it. */
vi.mock('node:worker_threads', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  return {
    Worker: class extends Emitter {
      asked: unknown[] = [];
      constructor(readonly url: URL) {
        super();
        workers.push(this);
      }
      postMessage(request: unknown) {
        this.asked.push(request);
      }
    },
  };
});
vi.mock('@nnunet/threads/node', () => ({ builtWorker: (from: string, name: string) => new URL(name, from) }));

let thread: GraphThread;
let worker: FakeWorker;
beforeEach(() => {
  thread = new GraphThread();
  worker = workers.at(-1) as FakeWorker;
});
const graph: LoweredGraph = { model: new Uint8Array(1), inputs: [], outputs: [] };
const ports = { inputs: { x: Float32Array.of(1) }, outputs: { y: Float32Array.of(2) } };

it('asks by number, and takes answers in any order', async () => {
  const loading = thread.load('a', graph, ports, { threads: 2 });
  const running = thread.run('a');
  expect(worker.asked).toEqual([
    { kind: 'load', id: 0, key: 'a', graph, ...ports, options: { threads: 2 } },
    { kind: 'run', id: 1, key: 'a' },
  ]);
  const done: string[] = [];
  loading.then(() => done.push('load')).catch(() => undefined);
  running.then(() => done.push('run')).catch(() => undefined);
  worker.emit('message', { id: 1 });
  await running;
  expect(done).toEqual(['run']);
  worker.emit('message', { id: 0, error: toPortable(new Error('no such operator')) });
  await expect(loading).rejects.toThrow('no such operator');
  // an answer that nobody waits for any more
  worker.emit('message', { id: 0 });
});

it.each<[event: string, value: unknown, reason: RegExp]>([
  ['error', new Error('out of order'), /ended: out of order/],
  ['messageerror', new Error('not readable'), /ended: not readable/],
  ['exit', 3, /ended: exit code 3/],
])('fails what waits, and what comes later, after the event %s', async (event, value, reason) => {
  const waiting = [thread.run('a'), thread.run('b')];
  worker.emit(event, value);
  worker.emit('exit', 1);
  const errors = await Promise.all([...waiting, thread.run('c')].map((run) => run.catch((e: unknown) => e)));
  for (const error of errors) {
    expect(isNnUNetError(error, 'thread-ended')).toBe(true);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).cause).toBe(event === 'exit' ? undefined : value);
  }
  expect(worker.asked).toHaveLength(2);
  await thread.close();
  expect(worker.asked).toHaveLength(2);
});

it('is closed when the thread has ended, whatever it answers', async () => {
  let closed = false;
  const closing = thread.close().then(() => {
    closed = true;
  });
  expect(worker.asked).toEqual([{ kind: 'close', id: 0 }]);
  worker.emit('message', { id: 0, error: toPortable(new Error('cannot be freed')) });
  await Promise.resolve().then(() => undefined);
  expect(closed).toBe(false);
  worker.emit('exit', 0);
  await closing;
});
