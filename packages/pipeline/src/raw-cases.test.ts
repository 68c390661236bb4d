import { expect, it } from 'vitest';
import { rawTrainingCases } from './raw-cases.ts';

it('has the files of each case, sorted', () => {
  const dataset = {
    modality: { 0: 'T1', 1: 'T2' },
    labels: {},
    test: [],
    training: ['c', 'a', 'B'].map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/of_${id}.nii.gz` })),
  };
  expect(rawTrainingCases('/raw', dataset)).toEqual(
    ['B', 'a', 'c'].map((id) => ({
      id,
      images: [`/raw/imagesTr/${id}_0000.nii.gz`, `/raw/imagesTr/${id}_0001.nii.gz`],
      labels: `/raw/labelsTr/of_${id}.nii.gz`,
    })),
  );
});
