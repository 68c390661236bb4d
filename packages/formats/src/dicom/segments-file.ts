import { NnUNetError } from '@nnunet/errors';
import { colorsOf } from '@nnunet/plot/internal';
import { checkSchema } from '@nnunet/schema/internal';
import * as v from 'valibot';
import type { Code, Segment } from './segments.ts';

/** What a file in the format of dcmqi says about segments and about the series that they are stored in. */
export interface SegmentsFile {
  readonly segments: readonly Segment[];
  readonly seriesDescription?: string;
  readonly seriesNumber?: number;
  readonly creator?: string;
}

const REMEDY =
  'Write the file in the format of dcmqi, for example with the form at https://qiicr.org/dcmqi/#/seg. docs/dicom.md describes it.';

const text = v.string('a text expected');
const code = v.strictObject(
  {
    CodeValue: v.pipe(text, v.regex(/^[^\\]{1,16}$/, 'a code of at most 16 characters expected')),
    CodingSchemeDesignator: v.pipe(
      text,
      v.regex(/^[^\\]{1,16}$/, 'the name of a coding scheme expected, such as "SCT"'),
    ),
    CodeMeaning: v.pipe(text, v.nonEmpty('a meaning expected')),
  },
  'a code expected: {"CodeValue", "CodingSchemeDesignator", "CodeMeaning"}',
);
const channel = v.pipe(v.number('a number expected'), v.integer('an integer expected'), v.minValue(0, '0 to 255 expected'), v.maxValue(255, '0 to 255 expected')); // biome-ignore format: a row
const attributes = v.strictObject(
  {
    labelID: v.pipe(
      v.number('a label expected'),
      v.integer('an integer expected'),
      v.minValue(1, '1 or more expected'),
    ),
    SegmentLabel: v.optional(text),
    SegmentDescription: v.optional(text),
    recommendedDisplayRGBValue: v.optional(
      v.tuple([channel, channel, channel], 'three numbers expected: red, green, blue'),
    ),
    SegmentedPropertyCategoryCodeSequence: code,
    SegmentedPropertyTypeCodeSequence: code,
    SegmentedPropertyTypeModifierCodeSequence: v.optional(code),
    AnatomicRegionSequence: v.optional(code),
    AnatomicRegionModifierSequence: v.optional(code),
    // Nothing of these: a label map that a network made has been made automatically.
    SegmentAlgorithmType: v.optional(v.unknown()),
    SegmentAlgorithmName: v.optional(v.unknown()),
    TrackingIdentifier: v.optional(v.unknown()),
    TrackingUniqueIdentifier: v.optional(v.unknown()),
  },
  'an object expected, with the keys of a segment',
);
const schema = v.looseObject(
  {
    segmentAttributes: v.array(
      v.array(attributes, 'a list of segments expected'),
      'a list of lists of segments expected',
    ),
    SeriesDescription: v.optional(text),
    // dcmqi writes it in quotes.
    SeriesNumber: v.optional(v.pipe(v.union([text, v.number()], 'a number expected'), v.transform(Number), v.integer('an integer expected'), v.minValue(0, '0 or more expected'))), // biome-ignore format: a row
    ContentCreatorName: v.optional(text),
  },
  'an object expected',
);

/**
 * Checks a parsed file that describes segments, in the format of dcmqi (its seg-schema.json). Segments without a colour
 * have v1's colours.
 *
 * @param where names the file in messages
 * @throws NnUNetError 'bad-segments' naming each wrong key, or a label that is described twice
 */
export function checkSegments(value: unknown, where: string): SegmentsFile {
  const file = checkSchema(schema, value, { file: where, tag: 'bad-segments', remedy: REMEDY });
  const all = file.segmentAttributes.flat();
  const labels = all.map(({ labelID }) => labelID);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) {
    const what = `describes label ${twice} twice`;
    throw new NnUNetError('bad-segments', { where, what, remedy: 'Keep one of the descriptions.' });
  }
  const colors = colorsOf([0, ...labels]);
  const segments = all.map((one): Segment => {
    const type = codeOf(one.SegmentedPropertyTypeCodeSequence);
    return {
      label: one.labelID,
      name: one.SegmentLabel ?? one.SegmentDescription ?? type.meaning,
      description: one.SegmentDescription,
      rgb: one.recommendedDisplayRGBValue ?? colors.get(one.labelID)!,
      category: codeOf(one.SegmentedPropertyCategoryCodeSequence),
      type,
      typeModifier:
        one.SegmentedPropertyTypeModifierCodeSequence && codeOf(one.SegmentedPropertyTypeModifierCodeSequence),
      region: one.AnatomicRegionSequence && codeOf(one.AnatomicRegionSequence),
      regionModifier: one.AnatomicRegionModifierSequence && codeOf(one.AnatomicRegionModifierSequence),
    };
  });
  const { SeriesDescription: seriesDescription, SeriesNumber: seriesNumber, ContentCreatorName: creator } = file;
  return { segments, seriesDescription, seriesNumber, creator };
}

function codeOf({ CodeValue, CodingSchemeDesignator, CodeMeaning }: v.InferOutput<typeof code>): Code {
  return { value: CodeValue, scheme: CodingSchemeDesignator, meaning: CodeMeaning };
}
