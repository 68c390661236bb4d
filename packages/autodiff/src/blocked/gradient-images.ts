import type { AxisRules } from './axis-rule.ts';
import type { Blocks } from './blocks.ts';
import { type BlockedValue, nchwc, roundUp, slicesPerPart } from './layout.ts';

/**
 * Planes in channels-last order with zero padding, cut into bands of rows: [bands, slices, N, rows, columns, C], one
 * tensor per part of the activation.
 */
export interface Images {
  readonly parts: readonly string[];
  readonly shape: readonly [
    bands: number,
    slices: number,
    batch: number,
    rows: number,
    columns: number,
    channels: number,
  ];
}

/** Bands of rows of the output gradient: where each band starts, and how many there are. */
export interface Bands {
  readonly starts: readonly number[];
  readonly rows: number;
}

/** The rows of x that the bands of the output gradient depend on, including the convolution's padding. */
export function imageBands(
  blocks: Blocks,
  channelsLast: readonly string[],
  x: BlockedValue,
  options: Bands & { width: number; rules: AxisRules },
): Images {
  const { starts } = options;
  const [ruleD, ruleH, ruleW] = options.rules;
  const { channels } = x;
  const slices = slicesPerPart(x.depth);
  // `lanesOf` needs a multiple of 4 planes: pad here, in the same copy, unless slices are shifted in between.
  const fill = ruleD.kernel < 3 && starts.length === 1 ? roundUp(slices * x.batch, 4) - slices * x.batch : 0;
  const rows = (options.rows - 1) * ruleH.stride + ruleH.kernel;
  const columns = (options.width - 1) * ruleW.stride + ruleW.kernel;
  const right = (columns - x.width - ruleW.padding) * channels;
  const shape =
    ruleD.kernel < 3
      ? ([starts.length, 1, slices * x.batch + fill, rows, columns, channels] as const)
      : ([starts.length, slices, x.batch, rows, columns, channels] as const);
  const parts = channelsLast.map((part) => {
    const bands = starts.map((start) => {
      const above = ruleH.padding - start * ruleH.stride;
      return blocks.pad(part, [0, above, ruleW.padding * channels], [fill, rows - above - x.height, right]);
    });
    return blocks.reshape(bands.length === 1 ? bands[0]! : blocks.graph.node('Concat', bands, { axis: 0 }), shape);
  });
  return { parts, shape };
}

/** Converts an image's planes to lanes: [lanes/b][rows][columns * C][b]. */
export function lanesOf(
  blocks: Blocks,
  image: string,
  [bands, slices, batch, rows, columns, channels]: Images['shape'],
): string {
  const planes = bands * slices * batch;
  const flat = blocks.reshape(image, [1, planes, rows, columns * channels]);
  const filled = blocks.pad(flat, [0, 0, 0, 0], [0, roundUp(planes, 4) - planes, 0, 0]);
  return blocks.graph.node('ReorderInput', [filled], { channels_last: 0 }, { ...nchwc, label: 'gradientImage' });
}

/** Each part as [planes, H, W * C]. */
export function planesWithChannelsLast(blocks: Blocks, x: BlockedValue): string[] {
  const { graph, block } = blocks;
  const { batch, channels, height, width } = x;
  const channelsLast = (part: string, planes: number) => {
    if (x.thin) return channels === 1 ? part : blocks.transpose(part, [0, 2, 3, 1]);
    if (channels % block !== 0) return graph.node('ReorderOutput', [part], { channels_last: 1, channels }, nchwc);
    // The other reordering, of positions instead of channels: the same result, but computed in all threads.
    const exchanged = blocks.reshape(part, [planes, channels / block, 1, height * width * block]);
    return graph.node('ReorderInput', [exchanged], { channels_last: 1 }, nchwc);
  };
  return x.parts.map((part) => {
    const planes = slicesPerPart(x.depth) * batch;
    return blocks.reshape(channelsLast(part, planes), [planes, height, width * channels]);
  });
}
