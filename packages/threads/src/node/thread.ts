import { type ResourceLimits, type Transferable, Worker } from 'node:worker_threads';
import { NnUNetError } from '@nnunet/errors';
import { fromPortable } from '@nnunet/errors/internal';
import type { ThreadMessage } from './messages.ts';

interface Call {
  name: string;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

export interface CallOptions {
  /** What errors call the item. */
  name: string;
  signal: AbortSignal;
  /** Buffers of the item that are handed over instead of copied. */
  transfer?: readonly Transferable[];
}

/** One worker thread, for items that belong to each other and must meet the same one. A `ThreadPool` has several. */
export class Thread {
  readonly #worker: Worker;
  #ready = false;
  #call: Call | null = null;
  #end: { cause: unknown } | null = null;

  /** @param file the module that the thread runs, one that calls `serveThread` */
  constructor(file: string, resourceLimits?: ResourceLimits) {
    this.#worker = new Worker(file, { resourceLimits });
    this.#worker.on('message', (message: ThreadMessage) => this.#receive(message));
    this.#worker.on('messageerror', (error) => this.#ended(error));
    this.#worker.on('error', (error) => this.#ended(error));
    this.#worker.on('exit', (code) => this.#ended(new Error(`exit code ${code}`)));
  }

  /** False once it can take no more items. */
  get alive(): boolean {
    return this.#end === null;
  }

  /**
   * Works on an item; one at a time.
   *
   * @throws the error of the work; NnUNetError 'out-of-memory', 'thread-ended', 'thread-not-started'; the reason of the
   * signal, which ends the thread
   */
  async call(item: unknown, { name, signal, transfer = [] }: CallOptions): Promise<unknown> {
    signal.throwIfAborted();
    if (this.#call !== null) throw new Error(`a thread was given ${name} while it works on ${this.#call.name}`);
    if (this.#end !== null) throw this.#endError(name, this.#end.cause);
    const abort = (): void => this.#ended(signal.reason);
    signal.addEventListener('abort', abort);
    this.#worker.ref();
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#call = { name, resolve, reject };
        this.#worker.postMessage(item, [...transfer]);
      });
    } catch (error) {
      if (signal.aborted) {
        await this.terminate();
        throw signal.reason;
      }
      throw error;
    } finally {
      this.#call = null;
      signal.removeEventListener('abort', abort);
      this.#worker.unref();
    }
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'ready') this.#ready = true;
    else if (message.kind === 'result') this.#call?.resolve(message.result);
    else this.#call?.reject(this.#workError(message.error));
  }

  #workError(error: Parameters<typeof fromPortable>[0]): Error {
    const refused = error.tag === null && error.what === 'Array buffer allocation failed';
    return refused ? outOfMemory(this.#call?.name, fromPortable(error)) : fromPortable(error);
  }

  #ended(cause: unknown): void {
    if (this.#end !== null) return;
    this.#end = { cause };
    void this.#worker.terminate();
    this.#call?.reject(this.#endError(this.#call.name, cause));
  }

  #endError(name: string, cause: unknown): NnUNetError {
    if ((cause as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return outOfMemory(name, cause);
    const why = cause instanceof Error ? cause.message : String(cause);
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

function outOfMemory(name: string | undefined, cause: unknown): NnUNetError {
  return new NnUNetError('out-of-memory', {
    what: 'there was not enough memory for it',
    where: name,
    remedy: 'Use fewer threads at a time, or a machine with more memory.',
    cause,
  });
}
