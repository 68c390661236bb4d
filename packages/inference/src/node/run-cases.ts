import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { shippedPreprocessors } from '@nnunet/preprocess';
import { acquireLock } from '@nnunet/store';
import { bodyTiles } from '../body-tiles.ts';
import { forecastCase } from '../case-forecast.ts';
import { PredictionClock } from '../forecast-time.ts';
import type { PreparedInput } from '../prepare-input.ts';
import type { TileProgress } from '../tiled-prediction-options.ts';
import { readAll } from './case-desk.ts';
import { memoryIn, type Room, refusalOf, rulesOf } from './case-memory.ts';
import { CaseThreads, type ResultSink, type ThreadNumbers } from './case-threads.ts';
import type { FolderResult, PredictFolderOptions } from './folder-options.ts';
import { type PlannedCase, secondsOf } from './plan-cases.ts';
import { Slots } from './slots.ts';

/** What all cases share. */
export interface RunContext extends Room {
  options: PredictFolderOptions;
  threads: ThreadNumbers;
  /** Of all folds together. */
  secondsPerEvaluation: number;
  result: FolderResult;
}

/** Memory of a thread without a case. */
export const THREAD_BYTES = 64e6;

/**
 * Predicts cases, whose preparing, network and writing overlap as far as threads and memory allow: the network takes one
 * case at a time, in the order in which they get ready.
 *
 * @throws NnUNetError 'disk-full'; the signal's reason; errors of single cases go to the result
 */
export async function runCases(cases: readonly PlannedCase[], context: RunContext): Promise<void> {
  const { options, threads, room } = context;
  const stop = new AbortController();
  const abort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', abort);
  const run = new CaseRun(context, cases, stop.signal);
  // Here nothing overlaps; with threads, one case may be ready beyond those that are in work.
  const overlap = threads.preparing > 0 || threads.writing > 0;
  const most = overlap ? Math.max(1, threads.preparing) + Math.max(1, threads.writing) + 1 : 1;
  const running = new Set<Promise<void>>();
  let inUse = 0;
  try {
    for (const input of cases) {
      options.signal?.throwIfAborted();
      const memory = run.memoryOf(input);
      while (running.size > 0 && (running.size >= most || inUse + memory > room)) await Promise.race(running);
      if (stop.signal.aborted) break;
      inUse += memory;
      const work: Promise<void> = run
        .one(input)
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          inUse -= memory;
          running.delete(work);
        });
      running.add(work);
    }
    await Promise.all(running);
    stop.signal.throwIfAborted();
  } finally {
    options.signal?.removeEventListener('abort', abort);
    stop.abort();
    await Promise.all(running);
    await run.close();
  }
}

class CaseRun {
  readonly #threads: CaseThreads;
  readonly #network = new Slots(1);
  readonly #clock: PredictionClock;
  #finished: number;
  #noted = false;
  readonly #total: number;

  constructor(
    private readonly context: RunContext,
    cases: readonly PlannedCase[],
    private readonly signal: AbortSignal,
  ) {
    this.#threads = new CaseThreads(context.threads, signal);
    this.#clock = new PredictionClock(cases.map(({ seconds }) => seconds));
    this.#finished = context.result.skipped.length;
    this.#total = this.#finished + cases.length;
  }

  /** Bytes that a case takes at most, but not more than there is: whether it fits is looked at in its turn. */
  memoryOf({ forecast }: PlannedCase): number {
    const { room, options } = this.context;
    if (forecast === null) return room;
    const { preparing, predicting } = memoryIn(forecast, options);
    return Math.min(room, Math.max(preparing, predicting));
  }

  /** Predicts a case; its failure goes to the result. */
  async one(input: PlannedCase): Promise<void> {
    const { options, result } = this.context;
    try {
      const done = await this.#locked(input);
      result[done ? 'predicted' : 'elsewhere'].push(input.id);
      this.#clock.finish(input.seconds);
      this.#report(input.id, 1, 0);
      this.#finished++;
    } catch (error) {
      this.signal.throwIfAborted();
      if (isNnUNetError(error, 'disk-full')) throw error;
      const failure = error instanceof Error ? error : new Error(String(error));
      result.failed.push({ id: input.id, error: failure });
      const { message } = failure;
      const what = message.startsWith(`${input.id}: `) ? message.slice(input.id.length + 2) : message;
      options.onMessage?.(`${input.id} failed and is left out: ${what}`);
      this.#clock.finish(input.seconds);
      this.#finished++;
    }
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  /** False where another process predicts the case. */
  async #locked(input: PlannedCase): Promise<boolean> {
    const { outputFolder, onMessage } = this.context.options;
    const lockFile = join(outputFolder, `.${input.id}.lock`);
    const purpose = `the prediction of ${input.id}`;
    const lock = await acquireLock(lockFile, { purpose, onTakeOver: onMessage }).catch((error: unknown) => {
      if (isNnUNetError(error, 'locked')) return null;
      throw error;
    });
    if (lock === null) {
      onMessage?.(`${input.id} is being predicted by another process`);
      return false;
    }
    try {
      this.#report(input.id, 0, 0);
      await this.#predict(input, await this.#prepare(input));
      return true;
    } finally {
      await lock.release();
    }
  }

  async #prepare({ id, images, forecast }: PlannedCase): Promise<PreparedInput> {
    const { options } = this.context;
    const { model, previousStageFolder, grid, formats, preprocessors = shippedPreprocessors } = options;
    this.#requireRoom(id, forecast);
    const previous = model.needsPreviousStage ? join(previousStageFolder!, `${id}.nii.gz`) : undefined;
    // Threads know NIfTI alone.
    const volumes = images.every((file) => /\.nii(\.gz)?$/i.test(file)) ? undefined : await readAll(images, formats);
    if (volumes?.[0]) this.#requireRoom(id, forecastCase(model.rules, volumes[0]));
    const request = { kind: 'prepare', rules: model.rules.data, id, images, volumes, previous, grid } as const;
    const prepared = await this.#threads.prepare(request, preprocessors);
    for (const { severity, text } of prepared.notices) {
      // Worth one line for all cases together.
      if (severity === 'note' && this.#noted) continue;
      this.#noted ||= severity === 'note';
      options.onMessage?.(severity === 'note' ? text : `${id}: ${text}`);
    }
    return prepared;
  }

  #requireRoom(id: string, forecast: PlannedCase['forecast']): void {
    const refusal = refusalOf({ id, forecast }, this.context.options, this.context);
    if (refusal !== null) throw refusal;
  }

  async #predict(input: PlannedCase, { image, notices: _, ...geometry }: PreparedInput): Promise<void> {
    const { options, room, secondsPerEvaluation } = this.context;
    const { id } = input;
    const { model, mode = 'normal', saveProbabilities = false } = options;
    const classes = model.description.network.classes;
    const [, Z, Y, X] = image.shape as [number, number, number, number];
    // Now it shows what was cropped away.
    const shapes = { imageShape: geometry.properties.original_size_of_raw_data, networkShape: [Z, Y, X] };
    const seconds = secondsOf(shapes, options, secondsPerEvaluation);
    this.#clock.revise(input.seconds, seconds);
    input.seconds = seconds;
    await this.#network.take();
    let sink: ResultSink | null = null;
    try {
      try {
        const base = join(options.outputFolder, id);
        const maxMemory = room - image.data.buffer.byteLength - model.ensemble.sumBytes(image.shape);
        const shape = [classes, Z, Y, X];
        sink = await this.#threads.begin(
          { kind: 'begin', rules: rulesOf(options).data, shape, geometry, base, saveProbabilities, mode, maxMemory },
          id,
        );
        const { mirroring, mirrorAxes, stepSize, gaussian } = options;
        const keepTile = options.tiles === 'body' ? bodyTiles(image, model.rules) : undefined;
        const onProgress = ({ done, total }: TileProgress) => this.#report(id, Math.min(0.999, done / total), seconds);
        const tiling = { mirroring, mirrorAxes, stepSize, gaussian, keepTile, signal: this.signal, onProgress };
        for await (const planes of model.ensemble.planes(image, tiling)) await sink.push(planes);
      } finally {
        this.#network.give();
      }
      await sink.finish();
    } finally {
      sink?.release();
    }
  }

  /** @param seconds that the case in work should take in all */
  #report(caseId: string, share: number, seconds: number): void {
    const secondsLeft = this.#clock.secondsLeft(share * seconds);
    this.context.options.onProgress?.({ caseId, casesDone: this.#finished, cases: this.#total, share, secondsLeft });
  }
}
