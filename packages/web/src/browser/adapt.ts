import { counted, listed, secondsInWords } from '@nnunet/errors/internal';
import { renderLines } from '@nnunet/plot';
import {
  type EpochReport,
  type FineTuning,
  type PreparingProgress,
  prepareFineTuning,
  type TrainingProgress,
  type TuningCase,
} from '@nnunet/trainer';
import { archiveOfTuned } from '@nnunet/trainer/internal';
import { byId } from './by-id.ts';
import { readable } from './converted-images.ts';
import { chosenFiles, type GivenFile } from './given-files.ts';
import { imagesAmong } from './given-images.ts';
import { type LabelledFiles, pairFiles } from './labelled-files.ts';
import { offerFile } from './offer-file.ts';
import { type Work, WorkPlace } from './work.ts';

/** What the section needs of the page. */
export interface AdaptedPage {
  readonly work: Work;
  /** Settles when what is loaded is kept for later visits. */
  ready(): Promise<void>;
  /** Names of the images of a case. */
  channels(): readonly string[];
  /** Frees the memory of the model that is used. */
  release(): void;
  /** Uses an adapted model, and estimates with it what the chosen image takes. */
  useAdapted(model: File): void;
  /** Uses the model again that was adapted. */
  useOriginal(): void;
}

/** A model that can be adapted. */
export interface Original {
  source: File | URL;
  /** Its title or file name. */
  name: string;
}

/** Steps of an epoch. */
const ITERATIONS = 10;

const PREPARING: Readonly<Record<PreparingProgress['what'], string>> = {
  loading: 'Loading the model',
  preparing: 'Preparing the cases',
  timing: 'Trying out how long a step takes',
};

/** The section in which a model is trained further on labelled cases. Every training starts from the original model. */
export class Adaptation {
  readonly #page: AdaptedPage;
  readonly #place = new WorkPlace('adapt-');
  readonly #steps = byId<HTMLSelectElement>('steps');
  #original: Original | null = null;
  #cases: LabelledFiles[] = [];
  #tuning: FineTuning | null = null;
  #adapted: File | null = null;
  #usesAdapted = false;

  constructor(page: AdaptedPage) {
    this.#page = page;
    const input = byId<HTMLInputElement>('cases');
    input.addEventListener('change', () => void this.take(chosenFiles(input)));
    this.#steps.addEventListener('change', () => this.#tellEstimate());
    byId('adapt-start').addEventListener('click', () => void this.#start());
    byId('adapt-cancel').addEventListener('click', () => page.work.stop());
    byId('exchange').addEventListener('click', () => this.#use(!this.#usesAdapted));
  }

  /** Starts anew with another model; the cases stay. */
  set original(original: Original) {
    this.#original = original;
    this.#forget();
    this.#adapted = null;
    this.#usesAdapted = false;
    byId('adapted').hidden = true;
    byId('curve').textContent = '';
    this.#place.say(this.#cases.length > 0 ? 'Choose the cases again, for this model.' : '');
    this.#cases = [];
    this.update();
  }

  /** Uses the adapted model, or the original one. */
  #use(adapted: boolean): void {
    this.#usesAdapted = adapted;
    byId('adapted-about').textContent = adapted
      ? 'The page uses the adapted model now: segment an image above.'
      : 'The page uses the original model again.';
    byId('exchange').textContent = adapted ? 'Use the original model again' : 'Use the adapted model';
    if (adapted) this.#page.useAdapted(this.#adapted!);
    else this.#page.useOriginal();
  }

  update(): void {
    byId<HTMLButtonElement>('adapt-start').disabled = this.#page.work.busy || this.#cases.length === 0;
    byId<HTMLButtonElement>('exchange').disabled = this.#page.work.busy;
  }

  /** Takes labelled cases, and finds out what training on them will take. */
  async take(files: readonly GivenFile[]): Promise<void> {
    if (files.length === 0) return;
    byId<HTMLDetailsElement>('adapt-details').open = true;
    if (this.#original === null) return this.#place.say('Load a model first.', true);
    this.#forget();
    this.#cases = [];
    const paired = pairFiles(await imagesAmong(files), this.#page.channels());
    if ('fault' in paired) {
      this.#place.say(paired.fault, true);
      return this.update();
    }
    await this.#page.work.run(this.#place, async (signal) => {
      await this.#prepare(paired.cases, signal);
      this.#cases = paired.cases;
      this.#tellEstimate();
    });
  }

  /** @throws the errors of `prepareFineTuning` */
  async #prepare(cases: readonly LabelledFiles[], signal: AbortSignal): Promise<FineTuning> {
    await this.#page.ready();
    signal.throwIfAborted();
    this.#page.release();
    const read: TuningCase[] = [];
    for (const [done, { id, images, labels }] of cases.entries()) {
      this.#place.say(`Reading the images: ${done + 1} of ${cases.length}`);
      const volumes = [];
      for (const image of images) volumes.push(await readable(image, 'image', signal));
      read.push({ id, images: volumes, labels: await readable(labels, 'labels', signal) });
    }
    this.#tuning = await prepareFineTuning(this.#original!.source, read, {
      worker: 'tuning-worker.js',
      signal,
      onProgress: ({ what, done, total }) => {
        this.#place.show(total > 0 ? done / total : null);
        this.#place.say(what === 'preparing' ? `${PREPARING[what]}: ${done + 1} of ${total}` : `${PREPARING[what]} …`);
      },
    });
    return this.#tuning;
  }

  get #settings() {
    return { epochs: Number(this.#steps.value) / ITERATIONS, iterationsPerEpoch: ITERATIONS };
  }

  /** Says what the chosen number of steps will take, and what the others will. */
  #tellEstimate(): void {
    if (this.#tuning === null) return;
    const { secondsPerStep, batchSize } = this.#tuning;
    const time = (steps: number) =>
      secondsInWords(
        Math.max(1, this.#tuning!.seconds({ epochs: steps / ITERATIONS, iterationsPerEpoch: ITERATIONS })),
      );
    for (const option of this.#steps.options)
      option.text = `${option.value} steps, about ${time(Number(option.value))}`;
    const each = secondsPerStep < 1 ? `${Math.ceil(1000 * secondsPerStep)} ms` : `${secondsPerStep.toFixed(1)} s`;
    this.#place.say(
      `Ready: ${counted(this.#cases.length, 'case')} (${listed(this.#cases.map(({ id }) => id))}). ` +
        `${this.#steps.value} steps on ${counted(batchSize, 'sample')} each will take about ${time(Number(this.#steps.value))}; a step took ${each} here.`,
    );
  }

  async #start(): Promise<void> {
    let done = false;
    await this.#page.work.run(this.#place, async (signal) => {
      // What was prepared is given up when its training ends.
      const tuning = this.#tuning ?? (await this.#prepare(this.#cases, signal));
      const learning = new Learning(this.#place, Number(this.#steps.value));
      const { model, result } = await tuning.train({
        ...this.#settings,
        signal,
        onProgress: (progress) => learning.step(progress),
        onEpoch: (report) => learning.epoch(report),
      });
      this.#forget();
      const { name, bytes } = await archiveOfTuned(model, this.#original!.name);
      this.#adapted = new File(bytes as Uint8Array<ArrayBuffer>[], `${name}.zip`, { type: 'application/zip' });
      offerFile('save-model', this.#adapted);
      this.#place.say(learning.summary(result === 'stopped', this.#cases.length));
      done = true;
    });
    if (!done) return;
    byId('adapted').hidden = false;
    byId('adapted-about').focus();
    this.#use(true);
  }

  /** Ends the worker, with the memory of the cases that it has prepared. */
  #forget(): void {
    this.#tuning?.dispose();
    this.#tuning = null;
  }
}

/** What a training tells, as the page shows it. */
class Learning {
  readonly #place: WorkPlace;
  readonly #steps: number;
  readonly #losses: number[] = [];
  readonly #dice: number[] = [];

  constructor(place: WorkPlace, steps: number) {
    this.#place = place;
    this.#steps = steps;
  }

  step({ phase, loss, secondsLeft }: TrainingProgress): void {
    if (phase === 'training') {
      this.#losses.push(loss);
      this.#draw();
    }
    const done = this.#losses.length;
    this.#place.show(done / this.#steps);
    this.#place.say(
      `Step ${done} of ${this.#steps}, ${secondsInWords(Math.max(1, secondsLeft))} left. Stop keeps what was learnt.`,
    );
  }

  epoch({ metric }: EpochReport): void {
    if (Number.isFinite(metric)) this.#dice.push(metric);
  }

  /** What has been achieved. */
  summary(stopped: boolean, cases: number): string {
    const [first, last] = [this.#dice[0], this.#dice.at(-1)];
    const dice =
      first === undefined || last === undefined
        ? ''
        : ` Dice of patches of these cases: ${first.toFixed(2)} after the first ${ITERATIONS} steps, ${last.toFixed(2)} now.`;
    return `${stopped ? 'Stopped' : 'Done'} after ${counted(this.#losses.length, 'step')} on ${counted(cases, 'case')}.${dice} Whether it does better on other images, only other images can tell.`;
  }

  #draw(): void {
    const [first, last] = [this.#losses[0]!, this.#losses.at(-1)!];
    byId('curve').innerHTML = renderLines({
      title: 'Training',
      description: `The loss of ${counted(this.#losses.length, 'step')}, from ${first.toFixed(2)} to ${last.toFixed(2)}; lower is better.`,
      xTitle: 'Step',
      yTitle: 'Loss',
      series: [{ name: 'Loss', values: this.#losses }],
    });
  }
}
