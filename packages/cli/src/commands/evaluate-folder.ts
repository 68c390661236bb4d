import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addNaNOption } from '../nan-option.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

export const command: Command = {
  description:
    'Compares predicted label maps with reference label maps and writes the scores to summary.json and scores.csv in the folder of predictions.',
  define(parser) {
    parser.add_argument('-ref', { required: true, metavar: 'FOLDER', help: 'folder with the reference label maps' });
    parser.add_argument('-pred', { required: true, metavar: 'FOLDER', help: 'folder with the predicted label maps' });
    parser.add_argument('-l', {
      nargs: '+',
      type: 'int',
      metavar: 'LABEL',
      help: 'labels to score (default: those of the dataset.json in the folder of the references or in the one above, else those found in the references; without the background)',
    });
    parser.add_argument('--metrics', {
      nargs: '+',
      metavar: 'METRIC',
      help: 'metrics to show, and to compute beside those of summary.json: HD, HD95, ASD, ASSD, MASD, NSD (surface Dice), "Volume Difference", ...; docs/scores.md lists them (default: Dice)',
    });
    parser.add_argument('--tolerance', {
      nargs: '+',
      metavar: 'MM',
      help: 'distance in mm up to which NSD counts surfaces as equal, for all labels (1), for some (2=1.5), or both (1 2=1.5) (default: 1)',
    });
    parser.add_argument('--lesions', {
      nargs: '?',
      type: 'float',
      const: 0,
      metavar: 'IOU',
      help: 'count lesions (connected components of each label) found, missed and false, and list them in lesions.csv; two match if they share a voxel, or if their intersection over union is at least IOU',
    });
    parser.add_argument('--boxplots', {
      action: 'store_true',
      help: 'draw box plots of the metrics shown to boxplots.png in the folder of predictions',
    });
    addStrictGeometryOption(parser);
    addPluginOption(parser);
    addNaNOption(parser);
  },
  async run(args, { reporter, signal, answer }) {
    const { evaluate, loadExtensions } = await import('@nnunet/pipeline');
    const { table, summaryFile, otherFiles, meanDice } = await evaluate({
      reference: args.ref,
      predictions: args.pred,
      labels: args.l,
      metrics: args.metrics,
      ...tolerancesIn(args.tolerance ?? []),
      lesions: args.lesions !== undefined,
      lesionIoU: args.lesions,
      boxplots: args.boxplots,
      strictGeometry: args.strict_geometry,
      bareNaN: args.nan,
      extensions: await loadExtensions(pluginsOf(args)),
      reporter,
      signal,
    });
    answer('evaluate_folder', { meanDice, summaryFile, otherFiles }, [table, summaryFile, ...otherFiles]);
  },
};

/** Reads tolerances: `1` for all labels, `2=1.5` for one. */
function tolerancesIn(words: readonly string[]): { tolerance?: number; labelTolerances: Record<number, number> } {
  let tolerance: number | undefined;
  const labelTolerances: Record<number, number> = {};
  for (const word of words) {
    const parts = /^(?:(\d+)=)?(\d+\.?\d*|\.\d+)$/.exec(word);
    if (parts === null || (parts[1] === undefined && tolerance !== undefined)) {
      const what =
        parts === null ? `--tolerance does not understand ${word}` : '--tolerance has two values for all labels';
      throw usageError({
        what,
        remedy: 'Give a distance in mm for all labels, such as 1, and for some labels, such as 2=1.5.',
      });
    }
    if (parts[1] === undefined) tolerance = Number(parts[2]);
    else labelTolerances[Number(parts[1])] = Number(parts[2]);
  }
  return { tolerance, labelTolerances };
}
