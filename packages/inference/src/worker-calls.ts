import { NnUNetError } from '@nnunet/errors';
import { fromPortable } from '@nnunet/errors/internal';
import type {
  LoadRequest,
  PredictRequest,
  TabAnswer,
  TabModelFacts,
  TabProgress,
  TabRequest,
  TabResult,
} from './tab-protocol.ts';

interface PendingCall {
  resolve: (result: TabModelFacts | TabResult) => void;
  reject: (error: unknown) => void;
  onProgress: ((progress: TabProgress) => void) | undefined;
}

/** The page's side of a worker. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #ended: NnUNetError | undefined;
  #last = 0;

  constructor(script: URL) {
    this.#worker = new Worker(script, { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<TabAnswer>) => this.#receive(data);
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

  /** Sends a request; an aborted one fails at once, and the worker stops working on it at its next tile. */
  ask(
    request: LoadRequest | PredictRequest,
    { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: PendingCall['onProgress'] },
  ): Promise<TabModelFacts | TabResult> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#ended) return Promise.reject(this.#ended);
    const call = ++this.#last;
    let stop = () => {};
    const answered = new Promise<TabModelFacts | TabResult>((resolve, reject) => {
      stop = () => {
        this.#pending.delete(call);
        this.#worker.postMessage({ call, kind: 'cancel' } satisfies TabRequest);
        reject(signal!.reason);
      };
      // Throws for what cannot be sent, which leaves nothing pending.
      this.#worker.postMessage({ ...request, call } satisfies TabRequest);
      this.#pending.set(call, { resolve, reject, onProgress });
      signal?.addEventListener('abort', stop);
    });
    return answered.finally(() => signal?.removeEventListener('abort', stop));
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

  #receive(answer: TabAnswer): void {
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
