import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Explains the plans of a task and the reasons for them: spacing, normalisation, patch, batch, network, cascade, and the ' +
    'memory that a training step needs. With -o, also draws the U-Nets.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { required: true, metavar: 'TASK', help: 'name or id of the planned task' });
    parser.add_argument('-p', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
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
    const { texts, networks } = json ? await explainedPlans(task) : { texts: [], networks: [] };
    answer(
      'explain_plans',
      {
        plans: texts,
        networks: networks.map(({ configuration, stage: { patch_size, batch_size, current_spacing } }) => ({
          configuration,
          patchSize: patch_size,
          batchSize: batch_size,
          spacing: current_spacing,
        })),
        picture: picture ?? null,
      },
      [text.trimEnd(), ...(picture === undefined ? [] : [`picture: ${picture}`])],
    );
  },
};
