import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { labelsV2 } from './labels-v2.ts';

const of = (labels: object, order?: unknown) => labelsV2(Object.entries(labels), order, 'd.json');

it('reads regions in their order', () => {
  const labels = { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3 };
  expect(of(labels, [1, 2, 3])).toEqual({
    all: [0, 1, 2, 3],
    foreground: [1, 2, 3],
    ignore: null,
    outputs: 3,
    regions: [
      { name: 'whole', values: [1, 2, 3] },
      { name: 'core', values: [2, 3] },
      { name: 'enhancing', values: [3], single: true },
    ],
    regionClassOrder: [1, 2, 3],
  });
});

it('counts labels without the ignored one, ascending', () => {
  const labels = { background: 0, tumour: 12, liver: 5, ignore: 13 };
  expect(of(labels)).toMatchObject({ foreground: [5, 12], ignore: 13, outputs: 3, regions: null });
  expect(of({ background: 0, liver: [1] })).toMatchObject({ foreground: [1], outputs: 2, regionClassOrder: null });
});

it('counts regions by their names, without the background', () => {
  expect(of({ background: 0, a: [1, 2], b: [0, 2], c: [0, 0] }, [2, 1]).outputs).toBe(2);
});

it.each([
  [{}, undefined, /"background" must have the value 0/],
  [{ background: 1, a: 2 }, undefined, /"background" must have the value 0/],
  [{ background: [0], a: 1 }, undefined, /"background" must have the value 0/],
  [{ background: 0, a: -1 }, undefined, /integers/],
  [{ background: 0, a: 1.5 }, undefined, /integers/],
  [{ background: 0, a: [1, 'b'] }, undefined, /integers/],
  [{ background: 0, a: 1, ignore: 1 }, undefined, /"ignore" must have the value 2,/],
  [{ background: 0, a: 1, ignore: 3 }, undefined, /"ignore" must have the value 2,/],
  [{ background: 0, a: 3, ignore: 2 }, undefined, /"ignore" must have the value 4,/],
  [{ background: 0, a: 1, ignore: [2] }, undefined, /"ignore" must have the value 2,/],
  [{ background: 0, a: [1, 2] }, undefined, /"regions_class_order" with 1 labels/],
  [{ background: 0, a: [1, 2] }, [1, 2], /"regions_class_order" with 1 labels/],
  [{ background: 0, a: [1, 2] }, [0.5], /"regions_class_order" with 1 labels/],
])('refuses %j with the order %j', (labels, order, message) => {
  expect(() => of(labels, order)).toThrow(message);
  expect(() => of(labels, order)).toThrow(expect.objectContaining({ tag: 'bad-dataset', where: 'd.json' }));
});

const golden = new URL('../../../../shared/golden/v2/labels/cases.json', import.meta.url);

interface Manager {
  name: string;
  label_list: [string, number | number[]][];
  regions_class_order: number[] | null;
  all_labels: number[];
  foreground_labels: number[];
  ignore_label: number | null;
  has_regions: boolean;
  foreground_regions: (number | number[])[];
  num_segmentation_heads: number;
}
interface Refused {
  name: string;
  label_dict: object;
  regions_class_order: number[] | null;
}

describe.skipIf(!existsSync(golden))('labels mean what they mean in nnU-Net 2.8.1 (../shared/golden/v2)', () => {
  const cases: (Partial<Manager> & { name: string; cases?: Refused[] })[] = existsSync(golden)
    ? JSON.parse(readFileSync(golden, 'utf8'))
    : [];
  const managers = cases.filter((one): one is Manager => one.label_list !== undefined);

  it.each(managers)('$name', (one) => {
    const { label_list, regions_class_order, all_labels, foreground_labels, ignore_label, has_regions } = one;
    const labels = labelsV2(label_list, regions_class_order, 'dataset.json');
    expect(labels).toMatchObject({ all: all_labels, foreground: foreground_labels, ignore: ignore_label });
    expect(labels.outputs).toBe(one.num_segmentation_heads);
    expect(labels.regions?.map(({ values }) => values) ?? null).toEqual(
      has_regions ? one.foreground_regions.map((region) => [region].flat()) : null,
    );
    expect(labels.regionClassOrder).toEqual(has_regions ? regions_class_order : null);
  });

  it.each(cases.find(({ name }) => name === 'errors')?.cases ?? [])('refuses $name', (one) => {
    expect(() => of(one.label_dict, one.regions_class_order)).toThrow();
  });

  it('has cases of both kinds', () => expect(managers.length).toBeGreaterThan(8));
});
