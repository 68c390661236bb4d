import { NnUNetError } from '@nnunet/errors';
import { inShort, messageOf } from '@nnunet/errors/internal';
import { shippedArchitectures } from './architecture-registry.ts';
import type { NetworkDescription } from './network-description.ts';
import { nonlinearities, normKinds } from './network-settings.ts';
import { requireOutputs } from './require-outputs.ts';

/** Far more than any network that can be computed. A damaged number is reported instead of running out of memory. */
const MOST_STAGES = 20;
const MOST_BLOCKS = 100;
const MOST_CHANNELS = 100_000;
const MOST_KERNEL = 1000;

type Rule = readonly [key: keyof NetworkDescription, holds: (value: unknown) => boolean, expected: string];

const count = (most: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
const finite = (value: unknown) => Number.isFinite(value);
const flag = (value: unknown) => typeof value === 'boolean';
const oneOf = (list: readonly unknown[]) => (value: unknown) => list.includes(value);
const optional = (holds: (value: unknown) => boolean) => (value: unknown) => value === undefined || holds(value);
const listOf = (length: number, holds: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.length === length && value.every(holds);

/**
 * Validates a network description parsed from JSON: types, consistent lengths, reasonable sizes.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-checkpoint' naming the first invalid key
 */
export function checkNetworkDescription(value: unknown, where: string): NetworkDescription {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const d = (isObject ? value : {}) as Partial<NetworkDescription>;
  const stages = Array.isArray(d.features) ? d.features.length : 0;
  const sizes = listOf(d.dimension ?? 0, count(MOST_KERNEL));
  const blocks = (length: number) => optional(listOf(length, count(MOST_BLOCKS)));
  const rules: Rule[] = [
    d.graph === undefined
      ? ['architecture', oneOf(shippedArchitectures.names()), shippedArchitectures.names().join(', ')]
      : ['architecture', (v) => typeof v === 'string', 'the name of an architecture'],
    ['dimension', oneOf([2, 3]), '2 or 3'],
    ['inputChannels', count(MOST_CHANNELS), 'a number of channels'],
    ['classes', count(MOST_CHANNELS), 'a number of classes'],
    ['features', (v) => count(MOST_STAGES)(stages) && listOf(stages, count(MOST_CHANNELS))(v), 'channels per stage'],
    ['pools', listOf(stages - 1, sizes), `${stages - 1} strides of ${d.dimension} axes`],
    ['kernels', listOf(stages, sizes), `${stages} kernels of ${d.dimension} axes`],
    ['convolutionsPerStage', count(MOST_BLOCKS), 'a number of convolutions'],
    ['encoderBlocks', blocks(stages), `blocks of ${stages} stages`],
    ['decoderBlocks', blocks(stages - 1), `blocks of ${stages - 1} stages`],
    ['convolutionBias', flag, 'true or false'],
    ['upBias', optional(flag), 'true or false'],
    ['headBias', optional(flag), 'true or false'],
    ['norm', oneOf(normKinds), normKinds.join(', ')],
    ['normEpsilon', (v) => finite(v) && (v as number) >= 0, 'a number of at least 0'],
    ['normGroups', optional(count(MOST_CHANNELS)), 'a number of groups'],
    ['nonlinearity', optional(oneOf(nonlinearities)), nonlinearities.join(', ')],
    ['negativeSlope', finite, 'a number'],
    ['nonlinearityFirst', optional(flag), 'true or false'],
    ['deepSupervision', flag, 'true or false'],
    [
      'graph',
      () => d.graph === undefined || listOf(d.dimension ?? 0, count(MOST_KERNEL ** 2))(d.graph?.patchSize),
      'a graph with a patchSize',
    ],
    ['graph', () => optional(flag)(d.graph?.fixed), 'a graph whose `fixed` is true'],
  ];
  const bad = (key: string, what: string, cause?: unknown) =>
    new NnUNetError('bad-checkpoint', {
      what: `key "network.${key}": ${what}`,
      where,
      remedy: 'The file is damaged or was made by another program. Train again, or use another checkpoint.',
      cause,
    });
  for (const [key, holds, expected] of rules) {
    if (holds(d[key])) continue;
    throw bad(key, `${expected} expected, found ${d[key] === undefined ? 'nothing' : inShort(d[key])}`);
  }
  const description = value as NetworkDescription;
  if (description.graph === undefined) return description;
  try {
    requireOutputs(description, description.graph.patchSize);
  } catch (cause) {
    throw bad('graph', messageOf(cause), cause);
  }
  return description;
}
