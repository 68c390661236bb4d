import { usageError } from '@nnunet/errors';
import { parseDuration } from '@nnunet/errors/internal';
import { resolveSettings, type TrainingSettings } from '@nnunet/trainer';
import { optionValue } from './typed-arguments.ts';

/** The options of nnUNet_train that set a training's settings. */
const FLAGS = {
  epochs: '--epochs',
  iterationsPerEpoch: '--iterations_per_epoch',
  validationIterationsPerEpoch: '--val_iterations_per_epoch',
  batchSize: '--batch_size',
  initialLearningRate: '--lr',
  seed: '--seed',
  timeBudget: '--time_budget',
} as const;
type Setting = keyof typeof FLAGS;
const SETTINGS = Object.keys(FLAGS) as Setting[];

/** Returns the settings among the arguments of nnUNet_train. @throws NnUNetError 'usage' */
export function askedSettings(words: readonly string[]): Partial<Pick<TrainingSettings, Setting>> {
  const asked: Partial<Record<Setting, number>> = {};
  for (const name of SETTINGS) {
    const text = optionValue(words, [FLAGS[name]]);
    if (text === undefined) continue;
    const value = name === 'timeBudget' ? parseDuration(text, FLAGS[name]) / 60 : Number(text);
    if (Number.isNaN(value)) throw usageError({ what: `"${text}" is not a number`, where: FLAGS[name] });
    asked[name] = value;
  }
  return asked;
}

/**
 * Says in one sentence how a finished training differs from what is asked for now; null if it does not. What is not
 * asked for must be the trainer's default. With a time budget, the number and the length of the epochs follow from it.
 *
 * @param stored settings of the finished training
 * @param usual the trainer's own settings
 */
export function settingsConflict(
  words: readonly string[],
  stored: TrainingSettings,
  usual: TrainingSettings,
): string | null {
  const asked = askedSettings(words);
  const wanted = resolveSettings(asked, usual);
  const inTime = wanted.timeBudget !== null && wanted.timeBudget === stored.timeBudget;
  const compared = SETTINGS.filter((name) => !inTime || name in asked);
  const other = compared.filter((name) => stored[name] !== wanted[name]);
  if (other.length === 0) return null;
  const inWords = (settings: TrainingSettings) =>
    other.map((name) => `${FLAGS[name]} ${valueInWords(name, settings[name])}`).join(' ');
  return `it was trained with ${inWords(stored)}, but ${inWords(wanted)} is asked for now`;
}

function valueInWords(name: Setting, value: number | null): string {
  if (value === null) return name === 'batchSize' ? '(as planned)' : '(none)';
  return name === 'timeBudget' ? `${Math.round(60 * value)}s` : String(value);
}
