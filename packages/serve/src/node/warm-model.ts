import { MessageChannel } from 'node:worker_threads';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { LoadedModel, LoadWork, ModelInfo, PredictedLabels, PredictWork, ShareDone } from './model-work.ts';

export interface WarmPredictOptions {
  signal: AbortSignal;
  onProgress: (progress: ShareDone) => void;
}

/** A model that stays loaded, in a thread of its own. If the thread ends, the next prediction loads the model again. */
export class WarmModel {
  readonly #source: Omit<LoadWork, 'kind'>;
  #thread: Thread<LoadWork | PredictWork>;
  #loaded!: LoadedModel;

  private constructor(source: Omit<LoadWork, 'kind'>) {
    this.#source = source;
    this.#thread = startThread();
  }

  /** @throws the errors of `loadModel`; NnUNetError 'usage' for a cascade's second stage */
  static async load(source: Omit<LoadWork, 'kind'>): Promise<WarmModel> {
    const model = new WarmModel(source);
    await model.#load();
    return model;
  }

  get info(): ModelInfo {
    return this.#loaded.info;
  }

  /** Which files it takes and sends. */
  get files(): LoadedModel['files'] {
    return this.#loaded.files;
  }

  /** The nnU-Net whose rules it follows: 1 or 2. */
  get version(): LoadedModel['version'] {
    return this.#loaded.version;
  }

  /** Whether it computes with 8-bit integers, and why, in words; null if that was not asked for. */
  get integers(): string | null {
    return this.#loaded.integers;
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

  /** Loads the model into its new thread, which ends if that fails: the next prediction tries again. */
  async #load(): Promise<void> {
    const name = this.#source.folder;
    try {
      this.#loaded = (await this.#thread.call({ kind: 'load', ...this.#source }, { name })) as LoadedModel;
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}

function startThread(): Thread<LoadWork | PredictWork> {
  return new Thread(builtWorker(import.meta.url, 'model-worker'));
}
