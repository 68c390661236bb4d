import { isNnUNetError } from '@nnunet/errors';
import { bytesInWords, counted } from '@nnunet/errors/internal';
import { estimateStepMemory } from '@nnunet/network';
import type { Extensions } from '@nnunet/pipeline';
import { drawNetworks, explainedPlans, type PlannedNetwork } from '@nnunet/pipeline/internal';
import { significant } from '../in-words.ts';
import { svgUrl } from '../pictures/panel-picture.ts';
import type { PlansSection } from '../report-data.ts';
import type { ReportTask } from '../report-task.ts';

/** Describes the plans of a task; null if it has not been planned. @throws NnUNetError 'bad-plans', … */
export async function describePlans(
  { roots, task, preprocessed }: ReportTask,
  plansIdentifier: string,
  extensions?: Pick<Extensions, 'architectures'> & Partial<Pick<Extensions, 'plannersV2'>>,
): Promise<PlansSection | null> {
  if (preprocessed === null) return null;
  try {
    const { identifier, texts, networks } = await explainedPlans({ roots, task, plansIdentifier, extensions });
    return {
      identifier,
      configurations: networks.map((network) => ({ name: network.configuration, facts: factsOf(network) })),
      // The plans for 3D and 2D begin alike.
      sentences: distinct(texts.flatMap(({ text }) => sentencesOf(text))),
      diagram: networks.length === 0 ? null : diagram(networks),
    };
  } catch (error) {
    if (isNnUNetError(error, 'missing-plans')) return null;
    throw error;
  }
}

function factsOf({ description, ...network }: PlannedNetwork): [string, string][] {
  const { patch, batch, spacing, medianCase, normalizations } = network;
  const poolings = description.pools.filter((pool) => pool.some((stride) => stride > 1)).length;
  return [
    ['Spacing (mm)', spacing.map(significant).join(' × ')],
    ['Median case (voxels)', medianCase.map(Math.round).join(' × ')],
    ['Patch (voxels)', patch.join(' × ')],
    ['Batch', String(batch)],
    ['Network', `${description.architecture}, ${counted(poolings, 'pooling')}`],
    ['Features', description.features.join(', ')],
    ['Normalisation', normalizations.join(', ')],
    ['Memory of a training step', `about ${bytesInWords(estimateStepMemory(description, patch, batch).total)}`],
  ];
}

/** The lines of an explanation are its sentences, and the indented lines below one its details. */
function sentencesOf(text: string): PlansSection['sentences'] {
  const sentences: PlansSection['sentences'] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const last = sentences.at(-1);
    if (last !== undefined && line.startsWith(' ')) last.details.push(line.trim());
    else sentences.push({ text: line.trim(), details: [] });
  }
  return sentences;
}

function distinct(sentences: PlansSection['sentences']): PlansSection['sentences'] {
  return [...new Map(sentences.map((sentence) => [JSON.stringify(sentence), sentence])).values()];
}

function diagram(networks: readonly PlannedNetwork[]): PlansSection['diagram'] {
  const levels = networks.map(
    ({ configuration, description }) => `${configuration} with ${counted(description.features.length, 'resolution')}`,
  );
  return {
    source: svgUrl(drawNetworks(networks)),
    title: 'The planned networks',
    alternative: `Diagrams of the U-Nets: ${levels.join('; ')}. The facts are in the table and the sentences.`,
  };
}
