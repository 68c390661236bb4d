import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyBallSteps, type BallOperation, oneHotLabels } from '../src/cascade.ts';
import { removeComponents } from '../src/component-removal.ts';
import { greatestDifference, readArrays, readJson, sharedGolden } from './reference-values.ts';
import { threeAxes } from './transformed.ts';

interface CascadeCase {
  name: string;
  input: string;
  apply_to_channels: number[];
  operators?: BallOperation[];
  strel_size?: number[];
  dont_do_if_covers_more_than_x_percent?: number;
  fill_with_other_class_p?: number;
  draws?: [string, ...(number | number[])[]][];
}

const folder = `${sharedGolden}v2/augment`;
const present = sharedGolden !== undefined && existsSync(folder);

describe.skipIf(!present)('the labels of a previous stage in nnU-Net 2.8.1 (needs ../shared/golden)', () => {
  const cases = present ? readJson<CascadeCase[]>(`${folder}/cascade.json`) : [];
  /** The two one-hot channels of a case's input. */
  const open = async (name: string) => {
    const array = await readArrays(`${folder}/cascade.npz`);
    const { data, shape } = array(name);
    const [channels, ...size] = shape as [number, ...number[]];
    const voxels = data.length / channels;
    return { array, oneHot: data.slice((channels - 2) * voxels), shape: threeAxes(size) };
  };

  it('are moved to channels', async () => {
    const { array, oneHot, shape } = await open('moved');
    const own = new Float32Array(oneHot.length);
    oneHotLabels(array('previous_segmentation').data, [1, 2], own);
    expect(own).toEqual(oneHot);
    expect(shape).toEqual([14, 18, 16]);
  });

  it.each(cases.filter((c) => c.operators))('$name', async (c) => {
    const { array, oneHot, shape } = await open(c.input);
    const steps = c.apply_to_channels.map((channel, i) => ({
      channel: channel + 2,
      operation: c.operators![i]!,
      radius: c.strel_size![i]!,
      shape: 'window' as const,
    }));
    applyBallSteps(oneHot, shape, steps);
    expect(greatestDifference(oneHot, array(c.name).data)).toBe(0);
  });

  // Of two channels that change each other, the order matters: the second first cannot be had here.
  const removals = cases.filter((c) => c.draws && (c.fill_with_other_class_p === 0 || c.apply_to_channels[0] === -2));
  it.each(removals)('$name', async (c) => {
    const { array, oneHot, shape } = await open(c.input);
    const choices = c.draws!.filter(([kind]) => kind === 'choice') as [string, number[], number][];
    const perChannel = choices.length / 2;
    if (c.apply_to_channels[0] === -1) choices.push(...choices.splice(0, perChannel));
    removeComponents(oneHot, shape, removalOf(c), {
      uniform: () => 0,
      integer: (n) => {
        const [, among, chosen] = choices.shift()!;
        expect(n).toBe(among.length);
        return among.indexOf(chosen);
      },
    });
    expect(choices).toEqual([]);
    expect(greatestDifference(oneHot, array(c.name).data)).toBe(0);
  });
});

const removalOf = ({ dont_do_if_covers_more_than_x_percent: share, fill_with_other_class_p: refill }: CascadeCase) => ({
  probability: 1,
  greatestShare: share!,
  refillProbability: refill!,
  diagonal: true,
});
