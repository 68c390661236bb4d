import { counted, secondsInWords } from '@nnunet/errors/internal';
import { defaultSettings, type TrainingSettings } from './training-settings.ts';

const words: [key: keyof TrainingSettings, text: (value: number) => string][] = [
  ['epochs', (n) => counted(n, 'epoch')],
  ['iterationsPerEpoch', (n) => `${counted(n, 'iteration')} per epoch`],
  ['validationIterationsPerEpoch', (n) => `${n} for validation`],
  ['batchSize', (n) => `batch size ${n}`],
  ['initialLearningRate', (n) => `learning rate ${n}`],
  ['timeBudget', (n) => `time budget ${secondsInWords(60 * n)}`],
  ['seed', (n) => `seed ${n}`],
];

/** Names the settings in which a training differs from nnU-Net's own. */
export function changedSettings(settings: TrainingSettings): (keyof TrainingSettings)[] {
  return words.map(([key]) => key).filter((key) => settings[key] !== null && settings[key] !== defaultSettings[key]);
}

/**
 * Describes in words how a training differs from nnU-Net's own; '' if it does not.
 *
 * @param brief omit the default values
 */
export function describeChangedSettings(settings: TrainingSettings, { brief = false } = {}): string {
  const changed = changedSettings(settings);
  return words
    .filter(([key]) => changed.includes(key))
    .map(([key, text]) => {
      const usual = defaultSettings[key];
      return text(settings[key]!) + (brief || usual === null ? '' : ` (default ${usual})`);
    })
    .join(', ');
}
