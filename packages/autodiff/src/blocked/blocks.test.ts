import { expect, test } from 'vitest';
import { OnnxGraph } from '../onnx/onnx-graph.ts';
import { Blocks, rowNumbers } from './blocks.ts';

test('numbers the rows of a transposition in the order of its result', () => {
  expect([...rowNumbers([3, 2], [1, 3])]).toEqual([0, 3, 1, 4, 2, 5]);
  expect([...rowNumbers([2, 2, 2], [2, 100, 1])]).toEqual([0, 1, 100, 101, 2, 3, 102, 103]);
});

test('makes a table once for each graph', () => {
  const made: string[] = [];
  const tableOf = (blocks: Blocks, key: string) =>
    blocks.sharedTable(key, () => {
      made.push(key);
      return `${key}${made.length}`;
    });
  const graphs = [new Blocks(new OnnxGraph(), 16), new Blocks(new OnnxGraph(), 16)] as const;
  expect(tableOf(graphs[0], 'a')).toBe(tableOf(graphs[0], 'a'));
  expect(tableOf(graphs[1], 'a')).not.toBe(tableOf(graphs[0], 'a'));
  expect(made).toEqual(['a', 'a']);
});
