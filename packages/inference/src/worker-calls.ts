import { NnUNetError, usageError } from '@nnunet/errors';
import { fromPortable } from '@nnunet/errors/internal';
import type { Answer, Call } from './call-protocol.ts';

interface PendingCall<Progress> {
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
  onProgress: ((progress: Progress) => void) | undefined;
}

/** Limit of a tab's memory unless another is given: what browsers allow. */
export const TAB_BYTES = 4 * 2 ** 30;

/** @throws NnUNetError 'usage' where there are no workers of a page */
export function requireBrowser(remedy: string): void {
  if (typeof Worker === 'undefined') throw usageError({ what: 'this function needs a browser', remedy });
}

export interface AskOptions<Progress> {
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Whether an aborted request still has a result, which the worker gives at its next stop. Default: false. */
  endsWithResult?: boolean;
}

/** The page's side of a worker. */
export class WorkerCalls<Request extends object, Progress> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall<Progress>>();
  #ended: NnUNetError | undefined;
  #last = 0;

  constructor(script: URL) {
    this.#worker = new Worker(script, { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer<Progress>>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const [what, remedy] = event.message
        ? [
            `the worker of the model failed: ${event.message}`,
            'Load the model again. If memory ran out, use a smaller one.',
          ]
        : [
            'the worker of the model could not be started, or ended',
            'Put the file there, or give its address (`worker`). If memory ran out, use a smaller model.',
          ];
      this.#end(new NnUNetError('thread-ended', { what, where: script.href, remedy }));
    };
  }

  /** Sends a request; an aborted one fails at once, and the worker stops working on it when it next looks. */
  ask(request: Request, { signal, onProgress, endsWithResult = false }: AskOptions<Progress>): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#ended) return Promise.reject(this.#ended);
    const call = ++this.#last;
    let stop = () => {};
    const answered = new Promise<unknown>((resolve, reject) => {
      stop = () => {
        this.#worker.postMessage({ call, kind: 'cancel' } satisfies Call<Request>);
        if (endsWithResult) return;
        this.#pending.delete(call);
        reject(signal!.reason);
      };
      // Throws for what cannot be sent, which leaves nothing pending.
      this.#worker.postMessage({ ...request, call } satisfies Call<Request>);
      this.#pending.set(call, { resolve, reject, onProgress });
      signal?.addEventListener('abort', stop);
    });
    return answered.finally(() => signal?.removeEventListener('abort', stop));
  }

  /** As {@link ask}, for the request that all others build on: the worker ends if it fails. */
  async askFirst(request: Request, options: AskOptions<Progress>): Promise<unknown> {
    try {
      return await this.ask(request, options);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Ends the worker. */
  end(): void {
    this.#end(new NnUNetError('thread-ended', { what: 'the model has been disposed of', remedy: 'Load it again.' }));
  }

  #end(error: NnUNetError): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(answer: Answer<Progress>): void {
    const pending = this.#pending.get(answer.call);
    // Aborted.
    if (pending === undefined) return;
    if (answer.kind === 'progress') {
      pending.onProgress?.(answer.progress);
      return;
    }
    this.#pending.delete(answer.call);
    if (answer.kind === 'result') pending.resolve(answer.result);
    else pending.reject(fromPortable(answer.error));
  }
}
