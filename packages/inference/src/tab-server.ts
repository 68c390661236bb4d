import { toPortable } from '@nnunet/errors/internal';
import { TabModel } from './tab-model.ts';
import type { TabAnswer, TabModelFacts, TabRequest, TabResult } from './tab-protocol.ts';

/** The worker's side: answers the requests of a page about one model, one at a time, in their order. */
export class TabServer {
  readonly #say: (answer: TabAnswer, transfer: ArrayBuffer[]) => void;
  readonly #stops = new Map<number, AbortController>();
  #model: TabModel | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(say: (answer: TabAnswer, transfer: ArrayBuffer[]) => void) {
    this.#say = say;
  }

  /** Returns when the request has been answered. */
  receive(request: TabRequest): Promise<void> {
    const { call } = request;
    if (request.kind === 'cancel') {
      this.#stops.get(call)?.abort();
      return Promise.resolve();
    }
    const stop = new AbortController();
    this.#stops.set(call, stop);
    this.#queue = this.#queue.then(async () => {
      try {
        const result = await this.#answer(request, stop.signal);
        this.#say({ call, kind: 'result', result }, buffersOf(result));
      } catch (error) {
        this.#say({ call, kind: 'error', error: toPortable(error) }, []);
      }
      this.#stops.delete(call);
    });
    return this.#queue;
  }

  async #answer(
    request: Exclude<TabRequest, { kind: 'cancel' }>,
    signal: AbortSignal,
  ): Promise<TabModelFacts | TabResult> {
    const { call } = request;
    signal.throwIfAborted();
    const calls = {
      signal,
      onProgress: (progress: (TabAnswer & { kind: 'progress' })['progress']) =>
        this.#say({ call, kind: 'progress', progress }, []),
    };
    if (request.kind === 'predict') return this.#model!.predict(request, calls);
    this.#model = await TabModel.load(request, calls);
    return this.#model.facts;
  }
}

function buffersOf(result: TabModelFacts | TabResult): ArrayBuffer[] {
  if (!('labels' in result)) return [];
  const { labels, probabilities } = result;
  return [labels.data.buffer, ...(probabilities ? [probabilities.data.buffer] : [])] as ArrayBuffer[];
}
