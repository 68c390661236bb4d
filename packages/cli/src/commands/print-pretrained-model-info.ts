import { addCatalogueOption } from '../catalogue-option.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Prints what a pretrained model segments, which images it needs and where it is downloaded from; of an installed model, its ' +
    'card.',
  define(parser) {
    parser.add_argument('task_name', {
      metavar: 'TASK',
      help:
        'task name, as listed by nnUNet_print_available_pretrained_models; or name or id of a task, or of a dataset of ' +
        'nnU-Net v2, whose models are installed',
    });
    addCatalogueOption(parser);
  },
  async run(args, { roots, answer }) {
    const { installedCards, modelNamed, readCatalogue } = await import('@nnunet/sharing');
    const catalogue = await readCatalogue(args.catalogue ?? undefined);
    const task: string = args.task_name;
    const byName = /^(Task|Dataset)/.test(task);
    const cards = roots.results === null || !(byName || /^\d+$/.test(task)) ? [] : await installedCards(roots, task);
    const models = catalogue.has(task) || cards.length === 0 ? [{ task, ...modelNamed(catalogue, task) }] : [];
    const lines = models.flatMap(({ description, sources }) => [description, ...sources.map(({ url }) => url)]);
    const cardLines = cards.map(({ folder, text }) => `installed: ${folder}\n\n${text}`);
    answer('model_info', { models, cards: cards.map(({ folder, text }) => ({ folder, text })) }, [
      ...lines,
      ...cardLines,
    ]);
  },
};
