import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { parseDatasetV2 } from './dataset-v2.ts';

const whole = {
  channel_names: { 0: 'CT', 1: 'T1' },
  labels: { background: 0, liver: 1 },
  numTraining: 12,
  file_ending: '.nii.gz',
};

it('reads channels, labels and how files are named', () => {
  expect(parseDatasetV2(JSON.stringify({ ...whole, licence: 'CC0' }))).toEqual({
    channelNames: ['CT', 'T1'],
    labelEntries: 2,
    labelNames: ['background', 'liver'],
    classNames: ['liver'],
    namesByValue: { 0: 'background', 1: 'liver' },
    labels: { all: [0, 1], foreground: [1], ignore: null, regions: null, regionClassOrder: null, outputs: 2 },
    numTraining: 12,
    fileEnding: '.nii.gz',
    imageReader: null,
    files: null,
  });
  const { channel_names: modality, ...rest } = whole;
  expect(parseDatasetV2(JSON.stringify({ ...rest, modality })).channelNames).toEqual(['CT', 'T1']);
  const both = { ...whole, modality: { 0: 'T2' } };
  expect(parseDatasetV2(JSON.stringify(both)).channelNames).toEqual(['CT', 'T1']);
});

it('keeps the order of the file, even of names that are numbers', () => {
  const text = `{"channel_names": {"1": "T2", "0": "T1"}, "numTraining": 1, "file_ending": ".nrrd",
    "labels": {"20": [1, 2], "background": 0, "3": 2}, "regions_class_order": [1, 2],
    "overwrite_image_reader_writer": "NibabelIO",
    "dataset": {"b": {"images": ["x/b.nrrd"], "label": "y/b.nrrd"}, "1": {"images": ["1.nrrd"], "label": "l.nrrd"}}}`;
  const { channelNames, classNames, labelNames, namesByValue, labels, imageReader, files } = parseDatasetV2(text);
  expect(channelNames).toEqual(['T2', 'T1']);
  expect(labelNames).toEqual(['20', 'background', '3']);
  expect(namesByValue).toEqual({ 0: 'background', 2: '3' });
  expect(classNames).toEqual(labels.regions!.map(({ name }) => name));
  expect(labels.regions?.map(({ name }) => name)).toEqual(['20', '3']);
  expect(imageReader).toBe('NibabelIO');
  expect([...files!]).toEqual([
    ['b', { images: ['x/b.nrrd'], label: 'y/b.nrrd' }],
    ['1', { images: ['1.nrrd'], label: 'l.nrrd' }],
  ]);
  const none = JSON.stringify({ ...whole, overwrite_image_reader_writer: 'None' });
  expect(parseDatasetV2(none).imageReader).toBeNull();
});

it('reads values of labels that are written as texts, as v2 does, but not those of regions', () => {
  const read = (labels: object, regions_class_order?: number[]) =>
    parseDatasetV2(JSON.stringify({ ...whole, labels, regions_class_order }));
  const { labels, namesByValue } = read({ background: '0', liver: '1', spleen: ['02'] });
  expect(labels).toMatchObject({ all: [0, 1, 2], foreground: [1, 2], regions: null, outputs: 3 });
  expect(namesByValue).toEqual({ 0: 'background', 1: 'liver', 2: 'spleen' });
  expect(() => read({ background: 0, liver: '1.5' })).toThrow(/found the reverse/);
  expect(() => read({ background: 0, liver: 1, ignore: '2' })).toThrow(/"ignore" must have the value 2/);
  expect(() => read({ background: 0, organ: [1, 2], liver: '2' }, [1, 2])).toThrow(/must be integers/);
});

it.each([
  [{ channel_names: undefined }, 'lacks the key "channel_names"'],
  [{ channel_names: {} }, 'at least one channel expected'],
  [{ channel_names: { 0: 1 } }, 'the name of a channel expected'],
  [{ labels: { 0: 'background', 1: 'liver' } }, 'found the reverse, as in nnU-Net v1'],
  [{ labels: [] }, 'an object expected, from the name of a label'],
  [{ labels: undefined, numTraining: undefined }, 'lacks the keys "labels", "numTraining"'],
  [{ numTraining: 0.5 }, 'a whole number of cases'],
  [{ numTraining: 0 }, 'at least one case expected; found 0'],
  [{ file_ending: 'nii.gz' }, 'with its dot'],
  [{ dataset: { a: { images: 'a' } } }, 'dataset.a'],
  [{ dataset: { a: { images: 'a', label: 'b' } } }, '"dataset.a.images": a list of paths expected'],
  [{ dataset: [1] }, '"dataset": an object expected, from the name of a case to its files; found [1]'],
])('names what is wrong with %j', (changed, words) => {
  try {
    parseDatasetV2(JSON.stringify({ ...whole, ...changed }), 'raw/dataset.json');
    expect.unreachable();
  } catch (error) {
    expect(isNnUNetError(error, 'bad-dataset-json') && `${error.where}: ${error.message}`).toMatch('raw/dataset.json');
    expect(String(error)).toContain(words);
  }
});
