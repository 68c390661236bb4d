import { type Transferable, Worker, type WorkerOptions } from 'node:worker_threads';
import { NnUNetError } from '@nnunet/errors';
import { fromPortable, messageOf, type PortableError } from '@nnunet/errors/internal';

/** Messages from a thread: one when it is ready, then one answer per item, in order. */
export type ThreadMessage =
  | { kind: 'ready' }
  | { kind: 'result'; result: unknown }
  | { kind: 'error'; error: PortableError };

interface Call<Result> {
  name: string;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

export interface CallOptions {
  /** Name of the item in error messages. */
  name: string;
  signal?: AbortSignal;
  /** Buffers of the item that are transferred instead of copied. */
  transfer?: readonly Transferable[];
}

/** A single worker thread, for items that must be processed by the same thread. A `ThreadPool` has several. */
export class Thread<Item = unknown, Result = unknown> {
  readonly #worker: Worker;
  #ready = false;
  /** Pending calls, in order. */
  readonly #calls: Call<Result>[] = [];
  #end: { cause: unknown } | null = null;
  #terminating = false;

  /**
   * @param file the module that the thread runs; it must call `serveThread`
   * @param options the module's `workerData`, and the limits of its heap
   */
  constructor(file: string, options: Pick<WorkerOptions, 'workerData' | 'resourceLimits'> = {}) {
    // A thread inherits the options of `node`, one of which would prevent it from running a file.
    const execArgv = process.execArgv.some((option) => option.startsWith('--input-type')) ? [] : undefined;
    this.#worker = new Worker(file, { ...options, execArgv });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#ended(error));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', (code) => this.#ended(new Error(`exit code ${code}`)));
  }

  /** False if the thread accepts no more items. */
  get alive(): boolean {
    return this.#end === null;
  }

  /**
   * Processes an item, after those it was given before.
   *
   * @throws the error of the work; NnUNetError 'out-of-memory', 'thread-ended', 'thread-not-started'; the reason of the
   *   signal, which ends the thread
   */
  async call(item: Item, { name, signal, transfer = [] }: CallOptions): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#end !== null) throw this.#endError(name, this.#end.cause);
    const abort = (): void => this.#ended(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.#worker.ref();
    try {
      return await new Promise<Result>((resolve, reject) => {
        this.#worker.postMessage(item, [...transfer]);
        this.#calls.push({ name, resolve, reject });
      });
    } catch (error) {
      if (!signal?.aborted) throw error;
      await this.terminate();
      throw signal.reason;
    } finally {
      signal?.removeEventListener('abort', abort);
      // The process must not end before whoever awaits the end of the thread.
      if (this.#calls.length === 0 && !this.#terminating) this.#worker.unref();
    }
  }

  /** Ends the thread, whatever it is doing. */
  async terminate(): Promise<void> {
    this.#terminating = true;
    await this.#worker.terminate();
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'ready') {
      this.#ready = true;
      return;
    }
    const call = this.#calls.shift();
    if (message.kind === 'result') call?.resolve(message.result as Result);
    else call?.reject(workError(message.error, call.name));
  }

  #ended(cause: unknown): void {
    if (this.#end !== null) return;
    this.#end = { cause };
    void this.#worker.terminate();
    for (const { name, reject } of this.#calls.splice(0)) reject(this.#endError(name, cause));
  }

  #endError(name: string, cause: unknown): NnUNetError {
    if ((cause as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return outOfMemory(name, cause);
    const why = messageOf(cause);
    if (this.#ready) {
      return new NnUNetError('thread-ended', {
        what: `the thread that worked on it ended: ${why}`,
        where: name,
        cause,
      });
    }
    return new NnUNetError('thread-not-started', { what: `a thread could not start: ${why}`, cause });
  }
}

function workError(error: PortableError, name: string): Error {
  const refused = error.tag === null && error.what === 'Array buffer allocation failed';
  return refused ? outOfMemory(name, fromPortable(error)) : fromPortable(error);
}

function outOfMemory(name: string, cause: unknown): NnUNetError {
  return new NnUNetError('out-of-memory', {
    what: 'there was not enough memory',
    where: name,
    remedy: 'Use fewer threads at a time, or a machine with more memory.',
    cause,
  });
}
