import { type Blocks, rowNumbers } from './blocks.ts';
import type { Images } from './gradient-images.ts';
import type { ContinuousLanes } from './lane-plan.ts';
import { type BlockedValue, nchwc, storedChannels } from './layout.ts';

/** Converts an image's planes, one below the other, to lanes that overlap by two rows: [lanes/b][rows][columns * C][b]. */
export function continuousLanes(
  blocks: Blocks,
  image: string,
  [, slices, batch, height, columns, channels]: Images['shape'],
  { lanes, rows }: ContinuousLanes,
): string {
  const { graph } = blocks;
  const all = slices * batch * height;
  const key = `windows_${[all, lanes, rows].join('_')}`;
  const table = blocks.sharedTable(key, () => {
    const data = rowNumbers([lanes, rows + 2], [rows, 1]);
    // The first row is zeros.
    return graph.initializer(key, { data: data.map((row) => (row < all ? row : 0)), shape: [lanes, rows + 2] });
  });
  const windows = graph.node('Gather', [blocks.reshape(image, [all, columns * channels]), table], { axis: 0 });
  const declared = blocks.reshape(windows, [1, lanes, rows + 2, columns * channels]);
  return graph.node('ReorderInput', [declared], { channels_last: 0 }, { ...nchwc, label: 'gradientImage' });
}

/** `filterBands` for continuous lanes; the rows between planes and after the last are zeros. */
export function continuousFilters(
  blocks: Blocks,
  dy: BlockedValue,
  { planes, lanes, rows }: ContinuousLanes & { planes: number },
): string[] {
  const { graph, block } = blocks;
  const { height, width } = dy;
  const groups = storedChannels(dy, block) / block;
  const size = planes * groups * height * width;
  const key = `continuous_${[planes, groups, height, width, lanes, rows].join('_')}`;
  const table = blocks.sharedTable(key, () => {
    const places = rowNumbers([lanes / block, groups, rows, width, block], [block * rows, 0, 1, 0, rows]);
    const columns = rowNumbers([lanes / block, groups, rows, width, block], [0, height * width, 0, 1, 0]);
    const data = places.map((place, i) => {
      const [plane, row] = [Math.floor(place / (height + 1)), place % (height + 1)];
      return plane < planes && row < height ? (plane * groups * height + row) * width + columns[i]! : size;
    });
    return graph.initializer(key, { data, shape: [data.length] });
  });
  const zeros = graph.constant(new Array<number>(block).fill(0), 'float32', [1, block]);
  return dy.parts.map((part) => {
    const extended = graph.node('Concat', [blocks.reshape(part, [size, block]), zeros], { axis: 0 });
    return blocks.gatherRows(extended, table, [1, size + 1]);
  });
}
