import { counted } from '@nnunet/errors/internal';
import { fourDigits } from '@nnunet/pipeline/internal';
import type { ModelCard } from './model-card.ts';

/** A name and what it is of a model, in one line. */
type CardRow = [name: string, text: string];

/** The rows of a model card for a page. */
export function cardRows(card: ModelCard): CardRow[] {
  const { data, network, training, postprocessing } = card;
  const images = Object.values(data.modalities).map(({ name, normalisation }) => `${name} (${normalisation})`);
  const epochs = training.map(
    ({ fold, epochs }) => `${fold}: ${epochs === null ? 'not known' : counted(epochs, 'epoch')}`,
  );
  return [
    ['Task', card.task],
    ['Configuration', `${card.configuration}, trained with ${card.trainer} and plans ${card.plans}`],
    ...dataRows(card),
    ['Images', images.join(', ')],
    ['Scores', scoresInWords(card)],
    ['Postprocessing', postprocessing ?? 'not determined'],
    ['Network', networkInWords(network)],
    ['Training', epochs.join(', ')],
    ['Exported', card.exported],
  ];
}

function dataRows({ data }: ModelCard): CardRow[] {
  const rows: [string, string | null][] = [
    ['Name', data.name],
    ['Description', data.description],
    ['Reference', data.reference],
    ['Licence', data.licence ?? 'not stated: ask who trained the model'],
    ['Release', data.release],
    ['Training cases', String(data.trainingCases)],
    ['Median spacing (z, y, x)', data.medianSpacing && `${data.medianSpacing.join(' x ')} mm`],
    ['Median size (z, y, x)', data.medianSize && `${data.medianSize.join(' x ')} voxels`],
  ];
  return rows.flatMap(([name, text]) => (text ? [[name, oneLine(text)]] : []));
}

function scoresInWords({ scores }: ModelCard): string {
  return scores === null
    ? 'No validation was found.'
    : `Mean foreground Dice ${fourDigits(scores.mean)} over ${scores.cases} validation cases (${scores.from}), before postprocessing.`;
}

function networkInWords({ spacing, patchSize, batchSize }: ModelCard['network']): string {
  const millimetres = spacing.map((mm) => Number(mm.toPrecision(6))).join(' x ');
  return `Spacing ${millimetres} mm, patch ${patchSize.join(' x ')}, batch size ${batchSize}`;
}

/** Formats a model card as Markdown. */
export function modelCardText(card: ModelCard): string {
  const { data, network, scores, training, postprocessing, integers } = card;
  const lines = [
    `# ${card.task}, ${card.configuration}`,
    '',
    `An nnU-Net trained with ${card.trainer} and plans ${card.plans}; fold ${card.folds.join(', ')}.`,
    '',
    '## Data',
    '',
    ...dataRows(card).map(([name, text]) => `- ${name}: ${text}`),
    '',
    '| image file | modality | normalisation |',
    '|---|---|---|',
    ...Object.entries(data.modalities).map(
      ([channel, { name, normalisation }]) =>
        `| \`CASE_${channel.padStart(4, '0')}.nii.gz\` | ${cell(name)} | ${cell(normalisation)} |`,
    ),
    '',
    '| label | name | Dice |',
    '|---|---|---|',
    ...Object.entries(data.labels).map(
      ([label, name]) => `| ${label} | ${cell(name)} | ${label === '0' ? '' : fourDigits(scores?.dice[label])} |`,
    ),
    '',
    '## Scores',
    '',
    scoresInWords(card),
    '',
    `Postprocessing: ${postprocessing ?? 'not determined'}.`,
    '',
    ...(integers === null ? [] : [`With the preset quick: ${integers}.`, '']),
    '## Network and training',
    '',
    `- ${networkInWords(network)}`,
    ...(network.architecture === null ? [] : [`- ${network.architecture}, ${network.parameters} parameters`]),
    `- Preprocessor ${network.preprocessor}`,
    ...training.map(({ fold, epochs, changedSettings }) => {
      const length = epochs === null ? 'length not known' : counted(epochs, 'epoch');
      const changes =
        changedSettings === null
          ? ''
          : `; ${changedSettings === '' ? "nnU-Net's default settings" : `differs from nnU-Net's default settings: ${changedSettings}`}`;
      return `- ${fold}: ${length}${changes}`;
    }),
    '',
    '## Use',
    '',
    '```bash',
    'nnUNet_install_pretrained_model_from_zip ARCHIVE.zip',
    `nnUNet_predict -i IMAGES -o PREDICTIONS -t ${card.task} -m ${card.configuration} ${card.configuration === '3d_cascade_fullres' ? '-ctr' : '-tr'} ${card.trainer} -p ${card.plans}${card.folds.includes('all') ? ' -f all' : ''}`,
    '```',
    '',
    'Not a medical device. The terms of the training data may apply to the model.',
    '',
    'Method: F. Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation", Nature Methods 18, 203–211 (2021).',
  ];
  return `${lines.join('\n')}\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}
