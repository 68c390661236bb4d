import { describe, expect, it } from 'vitest';
import {
  caseIdOfEntry,
  caseIdOfImage,
  imageFileName,
  modalityCount,
  parseDatasetDescription,
} from './dataset-description.ts';
import { declaredLabels, foregroundLabels } from './dataset-labels.ts';

const good = {
  name: 'Toy',
  relase: '1.0',
  modality: { 0: 'MRI', 1: 'CT' },
  labels: { 0: 'background', 1: 'a', 2: 'b' },
  training: [{ image: './imagesTr/toy_1.nii.gz', label: './labelsTr/toy_1.nii.gz' }],
  test: ['./imagesTs/toy_9.nii.gz'],
};
const parse = (change: object) => parseDatasetDescription(JSON.stringify({ ...good, ...change }), 'x/dataset.json');

describe('parseDatasetDescription', () => {
  it('reads a file and keeps what it does not know', () => {
    const dataset = parse({ numTraining: 'one', tensorImageSize: '3D' });
    expect(dataset.modality).toEqual({ 0: 'MRI', 1: 'CT' });
    expect(modalityCount(dataset)).toBe(2);
    expect(dataset.test).toHaveLength(1);
    expect((dataset as unknown as { relase: string }).relase).toBe('1.0');
  });

  it('takes a missing and an empty test list', () => {
    expect(parse({ test: undefined }).test).toEqual([]);
    expect(parse({ test: [] }).test).toEqual([]);
  });

  it('keeps the order of the labels for all_classes', () => {
    const text = JSON.stringify(good).replace('"1":"a","2":"b"', '"2":"b","1":"a"');
    expect(foregroundLabels(parseDatasetDescription(text))).toEqual([2, 1]);
    expect(declaredLabels(parseDatasetDescription(text))).toEqual([0, 1, 2]);
    expect(foregroundLabels({ labels: { 0: 'b', 1: 'x', 2: 'y' } })).toEqual([1, 2]);
    expect(declaredLabels({ labels: { 0: 'b', 1: 'x', 3: 'y', '-1': 'ignore', '-5': 'z' } })).toEqual([
      -5, -1, 0, 1, 3,
    ]);
  });

  it.each([
    [{ labels: { background: 0, liver: 'x' } }, /key "labels.liver": a label value, or for a region a list/],
    [{ labels: { background: 0, 7: [1, 2] } }, /key "labels.7": the name of a label or region expected as key/],
    [{ labels: { 0: 'background', one: 'a' } }, /key "labels.one": a label value expected as key.*found "one"/],
    [{ labels: { 0: 'background', 1: [1, 2] } }, /key "labels.0": a label value, or .*found "background"/],
    [{ labels: undefined }, /key "labels": .*; found nothing/],
    [{ labels: {} }, /key "labels": at least the background expected/],
    [{ labels: null }, /key "labels": an object expected, from label value to name; found null/],
    [{ labels: 'liver' }, /key "labels": an object expected, from label value to name; found "liver"/],
    [{ modality: { 0: 'MRI', 2: 'CT' } }, /key "modality": channels numbered from "0" without a gap/],
    [{ modality: { 1: 'MRI' } }, /key "modality": channels numbered from "0"/],
    [{ labels: ['background', 'a'] }, /key "labels": an object expected, .*found \["background","a"\]/],
    [{ modality: ['MRI'] }, /key "modality": an object expected/],
    [{ modality: {} }, /key "modality": at least one modality expected/],
    [{ training: ['a.nii.gz'] }, /key "training.0": .*\{"image", "label"\}.*found "a.nii.gz"/],
    [{ training: [{ image: 'a.nii.gz' }] }, /key "training.0.label": .*; found nothing/],
    [{ test: [{ image: 'a' }] }, /key "test.0": a string expected; found \{"image":"a"\}/],
  ])('names file, key and remedy of %j', (change, message) => {
    expect(() => parse(change)).toThrow(message);
    expect(() => parse(change)).toThrow(/^x\/dataset.json: /);
    expect(() => parse(change)).toThrow('dataset.json needs "modality"');
  });

  it('names all faults at once', () => {
    expect(() => parse({ labels: undefined, modality: 3, training: {} })).toThrow(/3 faults\n.*\n.*\n.*training/);
    expect(() => parseDatasetDescription('[1]')).toThrow(/^dataset\.json: an object expected; found \[1\]\n/);
    expect(() => parseDatasetDescription('{}')).toThrow(/key "modality": the key "modality" expected; found nothing/);
    expect(() => parseDatasetDescription('3')).toThrow(/an object expected; found 3/);
  });
});

describe('names', () => {
  it('follow v1', () => {
    expect(caseIdOfEntry('./imagesTr/hippocampus_004.nii.gz')).toBe('hippocampus_004');
    expect(caseIdOfImage('/data/imagesTr/hippocampus_004_0000.nii.gz')).toBe('hippocampus_004');
    expect(imageFileName('case', 12)).toBe('case_0012.nii.gz');
  });

  it('are the last part of a path without the ending, whatever the ending is', () => {
    expect(['a/b_1.nii', 'b_1.NII', 'C:\\a\\b_1.nii.gz', 'x/a\\b_1.nii.gz', 'b_1.mha.gz'].map(caseIdOfEntry)).toEqual(new Array(5).fill('b_1')); // biome-ignore format: a list
    expect(['a\\b_1_0003.nii.gz', 'b_1_0000', '/c/b_1_0000.nii.gz.bak'].map(caseIdOfImage)).toEqual(['b_1', 'b_1', 'b_1']); // biome-ignore format: a list
    expect(caseIdOfImage('a/.nii.gz')).toBe('');
  });
});
