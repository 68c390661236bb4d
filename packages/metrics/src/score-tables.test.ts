import { expect, it } from 'vitest';
import { formatLesions, formatScores } from './score-tables.ts';
import { aggregateScores } from './summary.ts';

it('lists the scores of each case and label under its name, undefined ones empty', () => {
  const summary = aggregateScores([
    { test: '/p/a.nii.gz', reference: '', scores: { 1: { Dice: 0.1, HD: Number.NaN }, 2: { Dice: 1, HD: 2.5 } } },
    { test: 'p\\b.nii.gz', reference: '', scores: { 2: { Dice: 0, HD: 0 } } },
  ]);
  expect(formatScores(summary, { 2: 'liver, left' }).split('\n')).toEqual([
    'case,label,name,Dice,HD',
    'a,1,,0.1,',
    'a,2,"liver, left",1,2.5',
    'b,1,,,',
    'b,2,"liver, left",0,0',
    '',
  ]);
});

it('lists regions after the labels, by their names', () => {
  const cases = ['a', 'b'].map((id, i) => ({
    test: `/p/${id}.nii.gz`,
    reference: '',
    scores: { 1: { Dice: 0.25 } },
    regions: { whole: { Dice: i === 0 ? 0.5 : Number.NaN }, core: { Dice: 0.75 } },
  }));
  expect(
    formatScores(aggregateScores(cases, { regions: { whole: [1, 2], core: [2] } }), { 1: 'edema' }).split('\n'),
  ).toEqual([
    'case,label,name,Dice',
    'a,1,edema,0.25',
    'a,whole,whole,0.5',
    'a,core,core,0.75',
    'b,1,edema,0.25',
    'b,whole,whole,',
    'b,core,core,0.75',
    '',
  ]);
});

it('lists lesions with their centre as (x, y, z) in tenths of a voxel, and twelve digits of volumes and scores', () => {
  const lesion = { outcome: 'found', referenceVolume: 0.1 + 0.2, dice: 0.8, iou: 2 / 3 } as const;
  const lesions = { 4: [{ ...lesion, centre: [3.04, 2.06, 1] as [number, number, number], testVolume: 1 / 7 }] };
  expect(formatLesions([{ test: '/p/a.nii.gz', lesions }, { test: '/p/b.nii.gz' }], { 4: 'cyst' }).split('\n')).toEqual(
    [
      'case,label,name,lesion,outcome,x,y,z,reference_ml,prediction_ml,dice,iou',
      'a,4,cyst,1,found,1,2.1,3,0.3,0.142857142857,0.8,0.666666666667',
      '',
    ],
  );
});
