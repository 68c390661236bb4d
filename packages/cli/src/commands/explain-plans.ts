import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Explains the plans of a task and the reasons for them: spacing, normalisation, patch, batch, network, cascade, and the ' +
    'memory that a training step needs. With -o, also draws the U-Nets.',
  define(parser) {
    parser.add_argument('-t', '--task_id', {
      required: true,
      metavar: 'TASK',
      help: 'name or id of the planned task, or dataset of nnU-Net v2',
    });
    parser.add_argument('-p', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s, or nnUNetPlans for datasets of v2)',
    });
    addPluginOption(parser);
    parser.add_argument('-o', { metavar: 'FILE', help: 'draw the U-Nets to this file, .png or .svg' });
  },
  async run(args, { roots, answer, json }) {
    const { explainTask, loadExtensions } = await import('@nnunet/pipeline');
    const { explainedPlans } = await import('@nnunet/pipeline/internal');
    const picture: string | undefined = args.o;
    const task = {
      roots,
      task: args.task_id,
      plansIdentifier: args.p,
      extensions: await loadExtensions(pluginsOf(args)),
    };
    const text = await explainTask({ ...task, picture });
    const { rules, texts, networks } = json ? await explainedPlans(task) : { rules: '', texts: [], networks: [] };
    answer(
      'explain_plans',
      {
        rules,
        plans: texts,
        networks: networks.map(({ configuration, patch, batch, spacing }) => ({
          configuration,
          patchSize: [...patch],
          batchSize: batch,
          spacing: [...spacing],
        })),
        picture: picture ?? null,
      },
      [text.trimEnd(), ...(picture === undefined ? [] : [`picture: ${picture}`])],
    );
  },
};
