import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { counted } from '@nnunet/errors/internal';
import type { Scores } from '@nnunet/metrics';
import { fileError } from '@nnunet/tensor/node/internal';
import { type EventValue, encodeEvent, type LoggedEvent } from '../event-record.ts';
import type { ListeningMethods, TrainingEvent } from '../training-listener.ts';

/** Pictures of the progress in a training; each has some 50 kB. */
const PICTURES = 20;

/**
 * Writes a training to TensorBoard's event files, in `tensorboard` of the fold's folder: curves of losses, Dice, learning
 * rate and seconds over the epochs, the settings as a text, some pictures of the progress, and the scores of the
 * validation. A training that is continued starts a new file and goes on with the same curves.
 */
export class TensorBoardListener implements ListeningMethods {
  /** The file; null before the first event. */
  #file: string | null = null;
  /** Finished epochs. */
  #epoch = 0;
  /** The last picture, if it is not written yet. */
  #picture: string | null = null;

  async started(event: TrainingEvent<'started'>): Promise<void> {
    this.#epoch = event.epoch;
    await this.#write(event, 'start', [{ tag: 'settings', text: settingsInWords(event) }]);
  }

  async epochEnded(event: TrainingEvent<'epochEnded'>): Promise<void> {
    const { epoch, epochs, classes, classDice, criterion, picture } = event;
    this.#epoch = epoch;
    const scalars = {
      'loss/training': event.trainLoss,
      'loss/validation': event.validationLoss,
      ...Object.fromEntries(classes.map((name, i) => [`dice/${name}`, classDice[i]!])),
      'dice/mean': event.metric,
      'dice/moving average': criterion ?? Number.NaN,
      learning_rate: event.learningRate,
      seconds: event.seconds,
    };
    const values = valuesOf(scalars);
    this.#picture = picture;
    if (epoch % Math.ceil(epochs / PICTURES) === 0) values.push(...(await this.#takePicture()));
    await this.#write(event, values);
  }

  async finished(event: TrainingEvent<'finished'>): Promise<void> {
    const picture = await this.#takePicture();
    if (picture.length > 0) await this.#write(event, picture);
  }

  async validated(event: TrainingEvent<'validated'>): Promise<void> {
    const { scores } = event;
    const dice = Object.entries(scores).flatMap(([label, { Dice }]) =>
      Dice === undefined ? [] : [[`validation Dice/${label}`, Dice] as const],
    );
    const text = scoresInWords(scores, event.cases.length);
    await this.#write(event, [...valuesOf(Object.fromEntries(dice)), { tag: 'validation', text }]);
  }

  async #takePicture(): Promise<EventValue[]> {
    const picture = this.#picture;
    this.#picture = null;
    return picture === null ? [] : [{ tag: 'progress', png: await readFile(picture) }];
  }

  /** Appends values to the file; begins one if there is none. */
  async #write({ foldFolder }: { foldFolder: string }, ...contents: LoggedEvent['content'][]): Promise<void> {
    const wallTime = Date.now() / 1000;
    const records = contents.map((content) => {
      // What an earlier training wrote counts as far as this one continues it: a stopped one may be ahead of its checkpoint.
      const step = content === 'start' ? this.#epoch + 1 : this.#epoch;
      return encodeEvent({ wallTime, step, content });
    });
    if (this.#file === null) {
      this.#file = await newFile(join(foldFolder, 'tensorboard'));
      records.unshift(encodeEvent({ wallTime, step: 0, content: 'version' }));
    }
    const file = this.#file;
    try {
      await appendFile(file, Buffer.concat(records));
    } catch (cause) {
      // A record may be cut off, and TensorBoard reads nothing after it: what comes next begins another file.
      this.#file = null;
      throw fileError(cause, file);
    }
  }
}

/** Returns the path of a file that is read after all others of the folder: by the second in its name. */
async function newFile(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const seconds = (await readdir(folder)).map((name) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
  const second = Math.max(Math.floor(Date.now() / 1000), ...seconds.map((last) => last + 1));
  return join(folder, `events.out.tfevents.${String(second).padStart(10, '0')}.${hostname()}.${process.pid}.0`);
}

/** Curves without the values that are not numbers, which TensorBoard would draw as gaps and spikes. */
function valuesOf(scalars: Readonly<Record<string, number>>): EventValue[] {
  return Object.entries(scalars).flatMap(([tag, scalar]) => (Number.isNaN(scalar) ? [] : [{ tag, scalar }]));
}

/** A table in Markdown. */
function settingsInWords(event: TrainingEvent<'started'>): string {
  const { task, configuration, fold, trainer, settings, batchSize, patchSize } = event;
  const rows = {
    task,
    configuration,
    fold,
    trainer,
    ...settings,
    batchSize,
    patchSize: patchSize.join(' x '),
    trainingCases: event.trainingCases.length,
    validationCases: event.validationCases.length,
  };
  const lines = Object.entries(rows).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| setting | value |', '|---|---|', ...lines].join('\n');
}

/** A row for each label, a column for each metric. */
function scoresInWords(scores: Readonly<Record<string, Scores>>, cases: number): string {
  const metrics = [...new Set(Object.values(scores).flatMap(Object.keys))];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const digits = (value = Number.NaN) => String(Number(value.toPrecision(4)));
  const rows = Object.entries(scores).map(([label, own]) => row([label, ...metrics.map((name) => digits(own[name]))]));
  return [
    `Means over ${counted(cases, 'case')}`,
    '',
    row(['label', ...metrics]),
    `|${'---|'.repeat(metrics.length + 1)}`,
    ...rows,
  ].join('\n');
}
