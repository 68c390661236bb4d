import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { segmentsOf } from './segments.ts';
import { checkSegments } from './segments-file.ts';

const typeOf = (name: string) => {
  const [{ category, type, typeModifier } = {}] = segmentsOf(new Map([[1, name]]));
  return [category?.meaning, type?.value, type?.meaning, typeModifier?.meaning];
};

it('knows the codes of names that say exactly one thing', () => {
  expect(typeOf('Liver')).toEqual(['Anatomical Structure', '10200004', 'Liver', undefined]);
  expect(typeOf('kidney_left')).toEqual(['Anatomical Structure', '64033007', 'Kidney', 'Left']);
  expect(typeOf('Right-Lung')).toEqual(['Anatomical Structure', '39607008', 'Lung', 'Right']);
  // Of a name with a side, the code that has it.
  expect(typeOf('left ventricle')).toEqual(['Anatomical Structure', '87878005', 'Left ventricle', undefined]);
  expect(typeOf('tumour')).toEqual(['Morphologically Abnormal Structure', '108369006', 'Tumour', undefined]);
});

it.each(['liver tumor', 'left', 'Anterior', 'left tumor', 'constructor', ''])('calls "%s" a tissue', (name) => {
  expect(typeOf(name)).toEqual(['Tissue', '85756007', 'Tissue', undefined]);
});

it("describes labels in ascending order, without the background, in v1's colours", () => {
  const segments = segmentsOf(new Map([[5, 'b'], [0, 'background'], [2, 'a'], [-1, 'ignore']])); // biome-ignore format: a row
  // v1's first two colours: 4363d8 and f58231.
  expect(segments.map(({ label, name, rgb }) => [label, name, rgb])).toEqual([
    [2, 'a', [0x43, 0x63, 0xd8]],
    [5, 'b', [0xf5, 0x82, 0x31]],
  ]);
});

const code = (value: string, meaning: string) => ({
  CodeValue: value,
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: meaning,
});
const liver = {
  labelID: 3,
  SegmentedPropertyCategoryCodeSequence: code('123037004', 'Anatomical Structure'),
  SegmentedPropertyTypeCodeSequence: code('10200004', 'Liver'),
};

it('reads what dcmqi writes', () => {
  const file = {
    '@schema': 'https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/seg-schema.json#',
    ContentCreatorName: 'Reader1',
    ClinicalTrialSeriesID: 'Session1',
    SeriesNumber: '300',
    SeriesDescription: 'Segmentation',
    segmentAttributes: [
      [
        {
          ...liver,
          SegmentDescription: 'A liver',
          SegmentAlgorithmType: 'MANUAL',
          SegmentedPropertyTypeModifierCodeSequence: code('7771000', 'Left'),
          AnatomicRegionSequence: code('818983003', 'Abdomen'),
          AnatomicRegionModifierSequence: code('24028007', 'Right'),
          recommendedDisplayRGBValue: [221, 130, 101],
        },
        { ...liver, labelID: 1, SegmentLabel: 'Other', SegmentDescription: 'Another' },
      ],
      [{ ...liver, labelID: 2 }],
    ],
  };
  const { segments, ...rest } = checkSegments(file, 'segments.json');
  expect(rest).toEqual({ seriesDescription: 'Segmentation', seriesNumber: 300, creator: 'Reader1' });
  const sct = (value: string, meaning: string) => ({ value, scheme: 'SCT', meaning });
  expect(segments[0]).toEqual({
    label: 3,
    name: 'A liver',
    description: 'A liver',
    rgb: [221, 130, 101],
    category: sct('123037004', 'Anatomical Structure'),
    type: sct('10200004', 'Liver'),
    typeModifier: sct('7771000', 'Left'),
    region: sct('818983003', 'Abdomen'),
    regionModifier: sct('24028007', 'Right'),
  });
  // The first and the second label have v1's first two colours.
  expect(segments.slice(1).map(({ label, name, rgb }) => [label, name, rgb])).toEqual([
    [1, 'Other', [0x43, 0x63, 0xd8]],
    [2, 'Liver', [0xf5, 0x82, 0x31]],
  ]);
});

it.each([
  [{}, /"segmentAttributes"/],
  [{ segmentAttributes: [3] }, /segmentAttributes\.0.*a list of segments expected/],
  [
    { segmentAttributes: [[{ ...liver, labelID: 0 }]] },
    /segmentAttributes\.0\.0\.labelID.*1 or more expected; found 0/,
  ],
  [{ segmentAttributes: [[{ ...liver, recommendedDisplayRGBvalue: [1, 2, 3] }]] }, /recommendedDisplayRGBvalue/],
  [{ segmentAttributes: [[{ ...liver, recommendedDisplayRGBValue: [1, 2, 256] }]] }, /0 to 255 expected; found 256/],
  [{ segmentAttributes: [[{ ...liver, SegmentedPropertyTypeCodeSequence: 'liver' }]] }, /a code expected/],
  [{ segmentAttributes: [[{ ...liver, SegmentedPropertyTypeCodeSequence: code('x'.repeat(17), 'y') }]] }, /at most 16/],
  [{ segmentAttributes: [[liver], [liver]] }, /describes label 3 twice/],
  [{ segmentAttributes: [[liver]], SeriesNumber: 'x' }, /SeriesNumber/],
])('refuses a wrong file, naming the key: %j', (file, message) => {
  try {
    checkSegments(file, 'segments.json');
    expect.fail('was read');
  } catch (error) {
    expect(isNnUNetError(error, 'bad-segments') && isSpokenRightly(error, 'segments.json'), String(error)).toBe(true);
    expect((error as Error).message).toMatch(message);
  }
});
