import { describe, expect, it } from 'vitest';
import { formatDatasetDescription, parseDatasetDescription } from './dataset-description.ts';
import { declaredLabels, foregroundLabels, learntLabels, meaningOfLabels } from './dataset-labels.ts';
import { declaredLabelsV2, sampledClasses, targetRegions } from './labels-v2.ts';

const rest = {
  modality: { 0: 'MRI' },
  training: [{ image: 'imagesTr/a.nii.gz', label: 'labelsTr/a.nii.gz' }],
  test: [],
};
const parse = (labels: object, more: object = {}) =>
  parseDatasetDescription(JSON.stringify({ ...rest, labels, ...more }), 'd.json');

const withRegions = () =>
  parse({ background: 0, whole: [1, 2], posterior: 2, ignore: 3 }, { regions_class_order: [1, 2] });

describe('labels in the form of v2', () => {
  it('say what those in the form of v1 do', () => {
    const { labels } = parse({ background: 0, anterior: 1, posterior: 2 });
    expect(labels).toEqual({ 0: 'background', 1: 'anterior', 2: 'posterior' });
    const plain = parse({ 0: 'background', 1: 'anterior', 2: 'posterior' });
    expect(parse({ background: 0, anterior: 1, posterior: [2] })).toEqual(plain);
  });

  it('may be regions, with the labels that they write', () => {
    const dataset = withRegions();
    expect(dataset).toMatchObject({
      labels: { 0: 'background', 1: 'label 1', 2: 'posterior' },
      regions: [
        { name: 'whole', values: [1, 2] },
        { name: 'posterior', values: [2] },
      ],
      regions_class_order: [1, 2],
      ignoreLabel: 3,
    });
    expect(foregroundLabels(dataset)).toEqual([1, 2]);
    expect(declaredLabels(dataset)).toEqual([0, 1, 2, 3]);
  });

  it('reach fingerprint and plans, and with them the trainers', () => {
    const learnt = learntLabels(withRegions());
    expect(learnt).toMatchObject({ all_classes: [1, 2], regions_class_order: [1, 2], ignore_label: 3 });
    const labels = meaningOfLabels(learnt);
    expect(labels).toMatchObject({ all: [0, 1, 2], foreground: [1, 2], ignore: 3, outputs: 2 });
    expect(declaredLabelsV2(labels)).toEqual([0, 1, 2, 3]);
    expect(sampledClasses(labels)).toEqual([[1, 2], [2], [-1, 0, 1, 2]]);
    expect(targetRegions(labels)).toEqual([[1, 2], [2], [3]]);
    const plain = meaningOfLabels(learntLabels(parse({ 0: 'b', 2: 'y', 1: 'x' })));
    expect(plain).toEqual({ all: [0, 1, 2], foreground: [1, 2], ignore: null, regions: null, regionClassOrder: null, outputs: 3 }); // biome-ignore format: a row
    expect([sampledClasses(plain), targetRegions(plain)]).toEqual([[1, 2], null]);
  });

  it('are written as they were read', () => {
    const regions = { whole: [1, 2], background: 0, anterior: 1, posterior: [2], ignore: 3 };
    const given = parse(regions, { regions_class_order: [2, 1, 2] });
    expect(parseDatasetDescription(formatDatasetDescription(given))).toEqual(given);
    const text = formatDatasetDescription(given);
    expect(JSON.parse(text).labels).toEqual(regions);
    expect(text).toMatch(/"whole"[\s\S]*"anterior"/);
    const named = parse({ 0: 'b', 1: 'x', 2: 'ignore' });
    expect(JSON.parse(formatDatasetDescription(named)).labels).toEqual({ 0: 'b', 1: 'x', 2: 'ignore' });
  });
});

describe('a label called ignore', () => {
  it('is that of voxels without annotation, in both forms', () => {
    for (const labels of [
      { 0: 'background', 1: 'x', 2: 'ignore' },
      { background: 0, x: 1, ignore: 2 },
    ]) {
      const dataset = parse(labels);
      expect(dataset).toMatchObject({ labels: { 0: 'background', 1: 'x' }, ignoreLabel: 2 });
      expect([foregroundLabels(dataset), declaredLabels(dataset)]).toEqual([[1], [0, 1, 2]]);
    }
  });

  it.each([
    [
      { 0: 'background', 1: 'ignore', 2: 'x' },
      /^d.json: the label "ignore" must have the value 3, one above all others/,
    ],
    [{ 0: 'background', 1: 'x', 3: 'ignore' }, /"ignore" must have the value 2/],
    [{ background: 0, ignore: 1, x: 2 }, /"ignore" must have the value 3/],
    [{ 0: 'background', 1: 'x', 2: 'ignore', 3: 'ignore' }, /several labels are called "ignore"/],
    [{ background: 0, whole: [1, 2] }, /regions need "regions_class_order" with 1 labels/],
  ])('is refused in words elsewhere: %j', (labels, message) => {
    expect(() => parse(labels)).toThrow(message);
    expect(() => parse(labels)).toThrow(expect.objectContaining({ tag: 'bad-dataset' }));
  });
});

it('a whole file in the form of v2 is read with the cases beside it', () => {
  const v2 = { channel_names: { 0: 'CT' }, labels: { background: 0, x: 1 }, numTraining: 1, file_ending: '.nii.gz' };
  const dataset = parseDatasetDescription(JSON.stringify(v2), 'd.json', ['a']);
  const training = [{ image: './imagesTr/a.nii.gz', label: './labelsTr/a.nii.gz' }];
  expect(dataset).toMatchObject({ modality: { 0: 'CT' }, training, test: [] });
  expect(() => parseDatasetDescription(JSON.stringify(v2))).toThrow(/"training"/);
});
