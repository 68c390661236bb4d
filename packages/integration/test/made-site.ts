import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { exportWeb } from '@nnunet/sharing';
import { tinyPlans } from '@nnunet/testing';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { demoTask } from './commands.ts';

/** The image that the pages of {@link makeSite} offer as their example. */
export const exampleImage = join(demoTask, 'imagesTs/hippocampus_051.nii.gz');

interface MadeSite {
  /** Folder of the model. */
  model: string;
  /** Folder of its page. */
  site: string;
  /** What the model says of itself besides. */
  description?: { mirrorAxes?: number[]; labels?: Record<string, string> };
  /** What the page says. */
  about?: Partial<Parameters<typeof exportWeb>[0]>;
}

/** Writes a small model with drawn weights, and its page with an example. */
export async function makeSite({ model, site, description, about }: MadeSite): Promise<void> {
  const plans = tinyPlans([16, 16, 16], { poolings: 2 });
  const labels = { 0: 'background', 1: 'head', 2: 'tail' };
  writeFold(model, { ...describePlanned(plans), labels, ...description });
  writeFileSync(join(model, 'plans.json'), JSON.stringify(plans));
  await exportWeb({
    roots: resolveRoots({ env: {} }),
    modelFolder: model,
    outputFolder: site,
    example: [exampleImage],
    reporter: listener(),
    ...about,
  });
}
