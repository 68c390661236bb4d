import { MessageChannel } from 'node:worker_threads';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { LoadWork, ModelInfo, PredictedLabels, PredictWork, ShareDone } from './model-work.ts';

export interface WarmPredictOptions {
  signal: AbortSignal;
  onProgress: (progress: ShareDone) => void;
}

/** A model that stays loaded, in a thread of its own. If the thread ends, the next prediction loads the model again. */
export class WarmModel {
  readonly #source: Omit<LoadWork, 'kind'>;
  #thread: Thread<LoadWork | PredictWork>;
  #info!: ModelInfo;

  private constructor(source: Omit<LoadWork, 'kind'>) {
    this.#source = source;
    this.#thread = startThread();
  }

  /** @throws the errors of `loadModel`; NnUNetError 'usage' for a cascade's second stage */
  static async load(source: Omit<LoadWork, 'kind'>): Promise<WarmModel> {
    const model = new WarmModel(source);
    try {
      await model.#load();
      return model;
    } catch (error) {
      await model.close();
      throw error;
    }
  }

  get info(): ModelInfo {
    return this.#info;
  }

  /**
   * Predicts an image. One call at a time.
   *
   * @throws the errors of `predictFolder` and of the case; the signal's reason when aborted
   */
  async predict(
    work: Omit<PredictWork, 'kind' | 'port'>,
    { signal, onProgress }: WarmPredictOptions,
  ): Promise<PredictedLabels> {
    signal.throwIfAborted();
    if (!this.#thread.alive) {
      this.#thread = startThread();
      await this.#load();
    }
    const { port1: own, port2: port } = new MessageChannel();
    const stop = () => own.postMessage('stop');
    own.on('message', onProgress);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const item: PredictWork = { ...work, kind: 'predict', port };
      return (await this.#thread.call(item, { name: 'the image', transfer: [port] })) as PredictedLabels;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      own.close();
    }
  }

  /** Ends the thread, whatever it is doing. */
  close(): Promise<void> {
    return this.#thread.terminate();
  }

  async #load(): Promise<void> {
    const name = this.#source.folder;
    this.#info = (await this.#thread.call({ kind: 'load', ...this.#source }, { name })) as ModelInfo;
  }
}

function startThread(): Thread<LoadWork | PredictWork> {
  return new Thread(builtWorker(import.meta.url, 'model-worker'));
}
