import { NnUNetError, usageError } from '@nnunet/errors';
import { svgToPng } from '@nnunet/plot/node';
import type { Roots } from '@nnunet/schema';
import { preprocessedFolder } from '@nnunet/schema/internal';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type Extensions, shippedExtensions } from './extensions.ts';
import { drawNetworks, type ExplainedPlans } from './planned-network.ts';
import { rulesOfTask } from './task-rules.ts';

export interface ExplainTaskOptions {
  roots: Roots;
  /** Id or name of a planned task of v1 or dataset of v2. */
  task: string;
  /** v1's usual plans stand for v2's usual plans of a dataset of v2. */
  plansIdentifier: string;
  /** Where the architecture and the planner that plans may name are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'architectures'> & Partial<Pick<Extensions, 'plannersV2'>>;
  /** `.png` or `.svg` file to write. */
  picture?: string;
}

/**
 * Explains in words what was planned for a task and why; draws the U-Nets if a picture file is given.
 *
 * @throws NnUNetError 'missing-plans', 'usage' for a picture that is neither .png nor .svg
 */
export async function explainTask(options: ExplainTaskOptions): Promise<string> {
  const { picture } = options;
  if (picture !== undefined && !/\.(png|svg)$/i.test(picture)) {
    throw usageError({ what: 'the name of a picture must end in .png or .svg', where: picture, remedy: 'Rename it.' });
  }
  const { rules, texts, networks } = await explainedPlans(options);
  if (picture !== undefined) {
    const svg = drawNetworks(networks);
    await writeFileAtomic(picture, /\.svg$/i.test(picture) ? svg : svgToPng(svg, { scale: 2 }));
  }
  return [`${rules}\n`, ...texts.map(({ file, text }) => `${file}\n${text}`)].join('\n');
}

/**
 * Explains the plans of a task.
 *
 * @returns `rules`: a sentence that names the task and its rules
 * @throws NnUNetError 'missing-plans'
 */
export async function explainedPlans(
  options: Omit<ExplainTaskOptions, 'picture'>,
): Promise<ExplainedPlans & { rules: string }> {
  const { roots, plansIdentifier, extensions } = options;
  const task = await resolveTaskFirst(options.task, roots);
  const folder = preprocessedFolder(roots, task);
  const { name, explanation } = rulesOfTask(task);
  const explained = await explanation({ folder, plansIdentifier, extensions: { ...shippedExtensions, ...extensions } });
  if (explained.texts.length === 0) {
    throw new NnUNetError('missing-plans', {
      what: `this task has no plans ${explained.identifier}`,
      where: folder,
      remedy: 'Run nnUNet_plan_and_preprocess first, or name other plans: `plansIdentifier`.',
    });
  }
  return { ...explained, rules: `${task} (rules of ${name})` };
}
