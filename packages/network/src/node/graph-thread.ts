import { Worker } from 'node:worker_threads';
import type { LoweredGraph } from '@nnunet/autodiff';
import { NnUNetError } from '@nnunet/errors';
import { fromPortable } from '@nnunet/errors/internal';
import { builtWorker } from '@nnunet/threads/node';
import type { GraphAnswer, GraphRequest, SharedArrays } from './graph-messages.ts';
import type { GraphSessionOptions } from './run-graph.ts';

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Runs graphs in a thread of its own, so that a run blocks nobody else. Close it after use. */
export class GraphThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiter>();
  private readonly ended: Promise<void>;
  private asked = 0;
  private failure: NnUNetError | undefined;

  constructor() {
    this.worker = new Worker(builtWorker(import.meta.url, 'graph-worker'), { execArgv: [] });
    this.worker.on('message', ({ id, error }: GraphAnswer) => {
      const waiter = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) waiter?.resolve();
      else waiter?.reject(fromPortable(error));
    });
    this.worker.on('error', (cause) => this.fail(cause.message, cause));
    this.worker.on('messageerror', (cause) => this.fail(cause.message, cause));
    this.ended = new Promise((resolve) => {
      this.worker.on('exit', (code) => {
        this.fail(`exit code ${code}`);
        resolve();
      });
    });
  }

  /**
   * Loads a graph under a name.
   * @param ports arrays on shared memory, from which each run reads its inputs and to which it writes its outputs
   */
  load(
    key: string,
    graph: LoweredGraph,
    ports: { inputs: SharedArrays; outputs: SharedArrays },
    options: GraphSessionOptions,
  ): Promise<void> {
    return this.ask({ kind: 'load', id: this.asked++, key, graph, ...ports, options });
  }

  run(key: string): Promise<void> {
    return this.ask({ kind: 'run', id: this.asked++, key });
  }

  /** Frees what was loaded and ends the thread. */
  async close(): Promise<void> {
    if (this.failure === undefined) await this.ask({ kind: 'close', id: this.asked++ }).catch(() => undefined);
    await this.ended;
  }

  private ask(request: GraphRequest): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject });
      this.worker.postMessage(request);
    });
  }

  private fail(reason: string, cause?: unknown): void {
    this.failure ??= new NnUNetError('thread-ended', {
      what: `a thread that computes a part of the batch ended: ${reason}`,
      ...(cause === undefined ? {} : { cause }),
    });
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}
