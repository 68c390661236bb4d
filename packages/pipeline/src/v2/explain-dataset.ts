import { existsSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { configurationV2, describeNetworkV2 } from '@nnunet/network/internal';
import { explainPlansV2 } from '@nnunet/planner/internal';
import type { ConfigurationPlansV2, ExperimentPlansV2 } from '@nnunet/planner/v2';
import { type DatasetV2, type FingerprintV2, parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { Extensions } from '../extensions.ts';
import { type PlannedNetwork, type PlansExplanation, stepMemoryInWords } from '../planned-network.ts';
import { readFingerprintV2 } from './fingerprint-dataset.ts';
import { plansNameV2 } from './usual-names.ts';

/**
 * Explains plans of v2, with the fingerprint and the dataset.json beside them.
 *
 * @throws NnUNetError 'bad-plans', 'missing-file' without dataset.json
 */
export const explanationV2: PlansExplanation = async ({ folder, plansIdentifier, extensions }) => {
  const identifier = plansNameV2(plansIdentifier);
  const file = joinPath(folder, `${identifier}.json`);
  if (!existsSync(file)) return { identifier, texts: [], networks: [] };
  const plans = Object(parseJsonWithNaN(await readTextFile(file), file)) as ExperimentPlansV2;
  const configurations = Object.keys(Object(plans.configurations)).map(
    (name) => [name, configurationV2(plans as never, name, file) as unknown as ConfigurationPlansV2] as const,
  );
  const datasetFile = joinPath(folder, FILE_NAMES.dataset);
  const dataset = await readDatasetV2(datasetFile);
  const fingerprint = await readFingerprintV2(joinPath(folder, FILE_NAMES.fingerprintV2));
  const explained = explainPlansV2({
    plans,
    configurations,
    channelNames: dataset.channelNames,
    classes: { regions: dataset.labels.regions !== null, names: dataset.classNames },
    fingerprint,
    planner: fingerprint && plannerOf(plans, { dataset, fingerprint, planners: extensions.plannersV2 }),
  });
  const content = Object(parseJsonWithNaN(await readTextFile(datasetFile), datasetFile));
  const networks: PlannedNetwork[] = [];
  const memory: string[] = [];
  for (const [configuration, planned] of configurations) {
    const { patch_size: patch, batch_size: batch, spacing, median_image_size_in_voxels: medianCase } = planned;
    try {
      const description = describeNetworkV2(plans as never, configuration, content);
      const normalizations = planned.normalization_schemes;
      const network = { configuration, patch, batch, spacing, medianCase, normalizations, description };
      networks.push({ ...network, channels: dataset.channelNames });
      memory.push(`Memory of ${configuration}, batch ${batch}:\n${stepMemoryInWords(networks.at(-1)!)}\n`);
    } catch (error) {
      if (!isNnUNetError(error, 'unsupported-network')) throw error;
      memory.push(`Memory of ${configuration}: unknown, because ${error.what}.\n`);
    }
  }
  return { identifier, texts: [{ file, text: explained + memory.join('') }], networks };
};

/** The planner that the plans name; null if it is in no plug-in that was loaded. */
function plannerOf(
  { dataset_name: name, experiment_planner_used: used, image_reader_writer: imageReader }: ExperimentPlansV2,
  data: { dataset: DatasetV2; fingerprint: FingerprintV2; planners: Extensions['plannersV2'] },
): Parameters<typeof explainPlansV2>[0]['planner'] {
  const { planners, fingerprint, dataset } = data;
  if (!planners.names().includes(used)) return null;
  const { channelNames, labelEntries, numTraining } = dataset;
  const Planner = planners.get(used);
  return (options) => new Planner(fingerprint, { name, channelNames, labelEntries, numTraining, imageReader }, options);
}
