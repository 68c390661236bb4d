import { describe, expect, it } from 'vitest';
import { labelsV2 } from './labels-v2.ts';

it('reads regions in their order', () => {
  const labels = { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3 };
  expect(labelsV2({ labels, regions_class_order: [1, 2, 3] }, 'dataset.json')).toEqual({
    foreground: [1, 2, 3],
    outputs: 3,
    regionClassOrder: [1, 2, 3],
  });
});

describe('labelsV2', () => {
  const of = (labels: unknown, order?: unknown) => labelsV2({ labels, regions_class_order: order }, 'd.json');

  it('counts labels without the ignored one, ascending', () => {
    const labels = { background: 0, tumour: 12, liver: 5, ignore: 13 };
    expect(of(labels)).toEqual({ foreground: [5, 12], outputs: 3, regionClassOrder: null });
    expect(of({ background: [0], liver: [1] })).toEqual({ foreground: [1], outputs: 2, regionClassOrder: null });
  });

  it('counts regions by their names, without the background', () => {
    expect(of({ background: 0, a: [1, 2], b: [0, 2] }, [2, 1]).outputs).toBe(2);
  });

  it.each([
    [undefined, undefined, /"labels" is missing/],
    [null, undefined, /"labels" is missing/],
    [7, undefined, /"labels" is missing/],
    [{ a: -1 }, undefined, /integers/],
    [{ a: 1.5 }, undefined, /integers/],
    [{ a: [1, 'b'] }, undefined, /integers/],
    [{ background: 0, a: [1, 2] }, undefined, /"regions_class_order" with 1 labels/],
    [{ background: 0, a: [1, 2] }, [1, 2], /"regions_class_order" with 1 labels/],
    [{ background: 0, a: [1, 2] }, [0.5], /"regions_class_order" with 1 labels/],
  ])('refuses %j with the order %j', (labels, order, message) => {
    expect(() => of(labels, order)).toThrow(message);
    expect(() => of(labels, order)).toThrow(expect.objectContaining({ tag: 'bad-dataset', where: 'd.json' }));
  });
});
