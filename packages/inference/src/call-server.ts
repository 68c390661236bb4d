import { toPortable } from '@nnunet/errors/internal';
import type { Answer, Call } from './call-protocol.ts';

/** How a request is stopped and followed. */
export interface CallContext<Progress> {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
}

/** The result of a request, and the buffers in it that are handed over instead of copied. */
export interface Answered {
  result: unknown;
  transfer?: ArrayBufferLike[];
}

/** The worker's side: answers the requests of a page, one at a time, in their order. */
export class CallServer<Request extends object, Progress> {
  readonly #answer: (request: Request, context: CallContext<Progress>) => Promise<Answered>;
  readonly #say: (answer: Answer<Progress>, transfer: ArrayBuffer[]) => void;
  readonly #stops = new Map<number, AbortController>();
  #queue: Promise<void> = Promise.resolve();

  /**
   * @param answer works on a request that was not cancelled before its turn
   * @param say sends a message to the page
   */
  constructor(
    answer: (request: Request, context: CallContext<Progress>) => Promise<Answered>,
    say: (answer: Answer<Progress>, transfer: ArrayBuffer[]) => void,
  ) {
    this.#answer = answer;
    this.#say = say;
  }

  /** Returns when the request has been answered. */
  receive(request: Call<Request>): Promise<void> {
    const { call } = request;
    if ('kind' in request && request.kind === 'cancel') {
      this.#stops.get(call)?.abort();
      return Promise.resolve();
    }
    const stop = new AbortController();
    const { signal } = stop;
    this.#stops.set(call, stop);
    const onProgress = (progress: Progress) => this.#say({ call, kind: 'progress', progress }, []);
    this.#queue = this.#queue.then(async () => {
      try {
        signal.throwIfAborted();
        const { result, transfer = [] } = await this.#answer(request as Request, { signal, onProgress });
        this.#say({ call, kind: 'result', result }, transfer as ArrayBuffer[]);
      } catch (error) {
        this.#say({ call, kind: 'error', error: toPortable(error) }, []);
      }
      this.#stops.delete(call);
    });
    return this.#queue;
  }
}
