import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { rawCasesV2 } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import { parseJsonWithNaN, type Roots } from '@nnunet/schema';
import { FILE_NAMES, formatJsonV2, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { readDatasetV2, resolveDataset } from '@nnunet/store/internal';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { allInOrder } from '../all-in-order.ts';
import { shippedExtensions } from '../extensions.ts';
import { readerOfDataset } from './reader-formats.ts';

export interface MovePlansV2Options {
  roots: Roots;
  /** Ids or names of the datasets. */
  source: string;
  target: string;
  sourcePlans: string;
  /** Default: as the source. */
  targetPlans?: string | undefined;
}

/**
 * Implements nnUNetv2_move_plans_between_datasets: copies plans to another dataset, for example to train with weights
 * that were trained on the source. Its prepared data get a name of their own if the plans do. Returns the new file.
 * Origin: v2's experiment_planning/plans_for_pretraining/move_plans_between_datasets.py.
 *
 * @throws NnUNetError 'missing-file' without plans of the source or dataset.json of the target, 'bad-plans', …
 */
export async function movePlansV2(options: MovePlansV2Options): Promise<string> {
  const { roots, sourcePlans, targetPlans = sourcePlans } = options;
  const [source, target] = await allInOrder([options.source, options.target].map((one) => resolveDataset(one, roots)));
  const file = joinPath(preprocessedFolder(roots, source!), `${sourcePlans}.json`);
  if (!existsSync(file)) {
    const remedy = `Check the name, or plan first: nnUNetv2_plan_experiment \`datasets\` ${source}`;
    throw new NnUNetError('missing-file', { what: 'there are no plans of this name', where: file, remedy });
  }
  const plans = Object(parseJsonWithNaN(await readTextFile(file), file)) as Record<string, unknown>;
  const { configurations } = plans;
  if (typeof configurations !== 'object' || configurations === null) {
    const what = 'the key "configurations" expected';
    throw new NnUNetError('bad-plans', { what, where: file, remedy: 'Plan again.' });
  }
  const where = joinPath(rawFolder(roots, target!), FILE_NAMES.dataset);
  const description = await readDatasetV2(where);
  const [first] = await rawCasesV2(rawFolder(roots, target!), description).catch(() => []);
  const { formats: known } = shippedExtensions;
  const reader = await readerOfDataset(description, where, { firstImage: first?.images[0], known });
  for (const configuration of Object.values(configurations) as Record<string, unknown>[]) {
    const old = configuration.data_identifier;
    if (targetPlans === sourcePlans || typeof old !== 'string') continue;
    const rest = old.startsWith(sourcePlans) ? old.slice(sourcePlans.length) : `_${old}`;
    configuration.data_identifier = targetPlans + rest;
  }
  const moved = { ...plans, dataset_name: target, image_reader_writer: reader, plans_name: targetPlans };
  const folder = preprocessedFolder(roots, target!);
  await mkdir(folder, { recursive: true });
  const output = joinPath(folder, `${targetPlans}.json`);
  await writeFileAtomic(output, formatJsonV2(moved));
  return output;
}
