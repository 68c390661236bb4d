import { type Blocks, rowNumbers } from './blocks.ts';
import type { Bands } from './gradient-images.ts';
import { type BlockedValue, roundUp, storedChannels } from './layout.ts';

/** Converts the output gradient's bands to filters: [lanes/b][O/b][rows][W][b lanes][b out] for each part. */
export function filterBands(blocks: Blocks, dy: BlockedValue, options: Bands & { planes: number }): string[] {
  if (dy.thin) return thinFilterBands(blocks, dy, options);
  const { graph, block } = blocks;
  const { starts, rows, planes } = options;
  const { height, width } = dy;
  const groups = storedChannels(dy, block) / block;
  const lanes = roundUp(starts.length * planes, block);
  const size = groups * rows * width;
  const geometry = [planes, groups, height, width, rows].join('_');
  const table = blocks.sharedTable(`filter_${geometry}_${starts.join('_')}`, () => {
    // Lanes beyond the last meet zeros in the image, so any plane will do.
    const firstRows = Array.from({ length: lanes }, (_, lane) => {
      const [band, plane] = lane < starts.length * planes ? [Math.floor(lane / planes), lane % planes] : [0, 0];
      return (plane * groups * height + starts[band]!) * width;
    });
    // Other bands with the same number of rows share it.
    const within = blocks.sharedTable(`rows_${geometry}`, () => {
      const data = rowNumbers([groups, rows, width], [height * width, width, 1]);
      return graph.initializer(`rows_${geometry}`, { data, shape: [1, size, 1] });
    });
    return graph.node('Add', [graph.constant(firstRows, 'int32', [lanes / block, 1, block]), within]);
  });
  return dy.parts.map((part) => blocks.gatherRows(part, table, [1, planes * groups * height * width]));
}

/** `filterBands` for a gradient without channel blocks. */
function thinFilterBands(blocks: Blocks, dy: BlockedValue, options: Bands & { planes: number }): string[] {
  const { graph, block } = blocks;
  const { starts, rows, planes } = options;
  const { channels, height, width } = dy;
  const outputs = roundUp(channels, block);
  const lanes = roundUp(starts.length * planes, block);
  return dy.parts.map((part) => {
    const flat = blocks.reshape(part, [planes, channels, height, width]);
    const bands = starts.map((start) =>
      blocks.pad(flat, [0, 0, -start, 0], [0, outputs - channels, start + rows - height, 0]),
    );
    const all = bands.length === 1 ? bands[0]! : graph.node('Concat', bands, { axis: 0 });
    const filled = blocks.pad(all, [0, 0, 0, 0], [lanes - starts.length * planes, 0, 0, 0]);
    return blocks.transpose(blocks.reshape(filled, [lanes / block, block, outputs, rows * width]), [0, 3, 1, 2]);
  });
}
