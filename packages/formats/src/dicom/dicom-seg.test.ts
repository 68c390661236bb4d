import type { ErrorTag } from '@nnunet/errors';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { type ReadElements, readDicom } from '../node/read-dicom.fixture.ts';
import { ORIENTATION, type SliceTags, smallSeries } from '../node/series.fixture.ts';
import type { LabelsOfSeries } from './derived-object.ts';
import { dicomRtstruct } from './dicom-rtstruct.ts';
import { dicomSeg } from './dicom-seg.ts';
import { dicomSeries } from './dicom-series.ts';
import { segmentsOf } from './segments.ts';

const names = new Map([
  [0, 'background'],
  [4, 'Läsion'],
  [2, 'left kidney'],
  [7, 'Nothing'],
]);
const options = { segments: segmentsOf(names), algorithm: { name: 'Model', version: '1.2' } };
// Slices of 2 rows and 5 columns.
const voxels = Uint8Array.of(
  0,
  2,
  2,
  0,
  4,
  0,
  0,
  0,
  0,
  0,
  /**/ 0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  /**/ 4,
  0,
  0,
  0,
  0,
  0,
  2,
  0,
  0,
  4,
);

function written(data: LabelsOfSeries['data'] = voxels, change?: (k: number) => SliceTags, more: object = {}) {
  const series = dicomSeries(smallSeries(change), 'series');
  return readDicom(dicomSeg({ ...series, data }, series, { ...options, ...more }));
}
/** Follows tags and indices of items. */
const at = (elements: ReadElements, ...path: (string | number)[]) =>
  path.reduce((value, key) => (value as never)[key], elements as unknown) as string & ReadElements[];
const dcm = (value: string, meaning: string) => [{ '0008,0100': value, '0008,0102': 'DCM', '0008,0104': meaning }];
const sct = (value: string, meaning: string) => [{ '0008,0100': value, '0008,0102': 'SCT', '0008,0104': meaning }];
const us = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer).toString('hex');

it('stores the slices of each label that has voxels there, bit by bit', () => {
  const { elements } = written();
  expect(elements['0028,0008']).toBe('4');
  const frames = at(elements, '5200,9230').map((frame) => [
    at(frame, '0062,000a', 0, '0062,000b'),
    at(frame, '0020,9113', 0, '0020,0032'),
    at(frame, '0008,9124', 0, '0008,2112', 0, '0008,1155'),
    Buffer.from(at(frame, '0020,9111', 0, '0020,9157'), 'hex')
      .swap16()
      .toString('hex'),
  ]);
  expect(frames).toEqual([
    [us(1), '-10.5\\20\\30', '1.2.3.0', '0001000000010000'],
    [us(1), '-10.5\\17\\34', '1.2.3.2', '0001000000020000'],
    [us(2), '-10.5\\20\\30', '1.2.3.0', '0002000000010000'],
    [us(2), '-10.5\\17\\34', '1.2.3.2', '0002000000020000'],
  ]);
  // 0110000000 0000000100… the first voxel is the lowest bit: of 4 x 10 bits
  const bits = ['0110000000', '0000001000', '0000100000', '1000000001'].join('');
  const bytes = bits.match(/.{8}/g)!.map((byte) => Number.parseInt([...byte].reverse().join(''), 2));
  // Five bytes, and one to make their number even.
  expect(elements['7fe0,0010']).toBe(Buffer.from([...bytes, 0]).toString('hex'));
});

it('says what a segmentation must say, about the patient and study of its source', () => {
  const { meta, elements } = written();
  const { '0062,0002': segments, '5200,9229': shared, '5200,9230': frames, '7fe0,0010': _, ...rest } = elements;
  const times = ['0008,0012', '0008,0021', '0008,0023'].map((tag) => rest[tag]);
  expect(new Set(times).size === 1 && /^20\d{6}$/.test(times[0] as string)).toBe(true);
  for (const tag of ['0008,0013', '0008,0031', '0008,0033']) expect(rest[tag]).toMatch(/^([01]\d|2[0-3])([0-5]\d){2}$/);
  const [instance, series] = [rest['0008,0018'], rest['0020,000e']];
  const organization = at(rest, '0020,9221', 0, '0020,9164');
  for (const uid of [instance, series, organization]) expect(uid).toMatch(/^2\.25\.[1-9]\d{20,38}$/);
  expect(new Set([instance, series, organization]).size).toBe(3);
  expect(meta).toEqual({
    '0002,0000': expect.any(String),
    '0002,0001': '0001',
    '0002,0002': '1.2.840.10008.5.1.4.1.1.66.4',
    '0002,0003': instance,
    '0002,0010': '1.2.840.10008.1.2.1',
    '0002,0012': expect.stringMatching(/^2\.25\.\d+$/),
    '0002,0013': 'NNUNET_TS',
  });
  const slice = (k: number) => ({ '0008,1150': '1.2.840.10008.5.1.4.1.1.2', '0008,1155': `1.2.3.${k}` });
  expect(rest).toMatchObject({
    '0008,0005': 'ISO_IR 192',
    '0008,0008': 'DERIVED\\PRIMARY',
    '0008,0016': '1.2.840.10008.5.1.4.1.1.66.4',
    '0008,0020': '20200102',
    '0008,0030': '',
    '0008,0050': '',
    '0008,0060': 'SEG',
    '0008,0070': 'nnU-Net in TypeScript',
    '0008,0090': '',
    '0008,103e': 'Model',
    '0008,1090': 'Model',
    '0008,1115': [{ '0020,000e': '1.2.5', '0008,114a': [slice(0), slice(1), slice(2)] }],
    '0010,0010': 'Doe^Jane',
    '0010,0020': 'ID-7',
    '0010,0030': '',
    '0010,0040': '',
    '0018,1000': '1',
    '0018,1020': '1.2',
    '0020,000d': '1.2.4',
    '0020,0010': '',
    '0020,0011': '1004',
    '0020,0013': '1',
    '0020,0052': '1.2.6',
    '0020,1040': '',
    '0020,9222': [
      { '0020,9164': organization, '0020,9165': us(0x62, 0x0b), '0020,9167': us(0x62, 0x0a) },
      { '0020,9164': organization, '0020,9165': us(0x20, 0x32), '0020,9167': us(0x20, 0x9113) },
    ],
    '0028,0002': us(1),
    '0028,0004': 'MONOCHROME2',
    '0028,0010': us(2),
    '0028,0011': us(5),
    '0028,0100': us(1),
    '0028,0101': us(1),
    '0028,0102': us(0),
    '0028,0103': us(0),
    '0028,2110': '00',
    '0062,0001': 'BINARY',
    '0070,0080': 'SEGMENTATION',
    '0070,0081': 'Model',
    '0070,0084': '',
  });
  for (const absent of ['0010,1010', '0008,1030', '0028,2112']) expect(rest).not.toHaveProperty(absent);
  expect(shared).toEqual([
    {
      '0020,9116': [{ '0020,0037': ORIENTATION }],
      '0028,9110': [{ '0018,0050': '2', '0018,0088': '2.5', '0028,0030': '0.5\\0.25' }],
    },
  ]);
  expect(at({ frames: frames! }, 'frames', 0, '0008,9124')).toEqual([
    {
      '0008,9215': dcm('113076', 'Segmentation'),
      '0008,2112': [
        { ...slice(0), '0028,135a': 'YES', '0040,a170': dcm('121322', 'Source image for image processing operation') },
      ],
    },
  ]);
  const algorithm = {
    '0062,0007': [{ '0066,002f': dcm('123110', 'Artificial Intelligence'), '0066,0031': '1.2', '0066,0036': 'Model' }],
    '0062,0008': 'AUTOMATIC',
    '0062,0009': 'Model',
    '0062,000d': expect.stringMatching(/^[0-9a-f]{12}$/),
  };
  const tissue = sct('85756007', 'Tissue');
  expect(segments).toEqual([
    {
      ...algorithm,
      '0062,0003': sct('91723000', 'Anatomical Structure'),
      '0062,0004': us(1),
      '0062,0005': 'left kidney',
      '0062,000f': [{ ...sct('64033007', 'Kidney')[0], '0062,0011': sct('7771000', 'Left') }],
    },
    { ...algorithm, '0062,0003': tissue, '0062,0004': us(2), '0062,0005': 'Läsion', '0062,000f': tissue },
    { ...algorithm, '0062,0003': tissue, '0062,0004': us(3), '0062,0005': 'Nothing', '0062,000f': tissue },
  ]);
});

it('takes over what its source says of the patient and the study', () => {
  const tags =
    '0008,0020 0008,0030 0008,0050 0008,0090 0008,1030 0010,0010 0010,0020 0010,0021 0010,0030 0010,0040 0010,1010 0010,1020 0010,1030 0012,0062 0012,0063 0020,000d 0020,0010 0020,0052 0020,1040';
  const source = Object.fromEntries(tags.split(' ').map((tag, i) => [tag, String(101 + i)]));
  expect(written(voxels, () => source).elements).toMatchObject(source);
});

it('says of a segment what its description says', () => {
  const [first, ...others] = options.segments;
  const region = { value: '10200004', scheme: 'SCT', meaning: 'Liver' };
  const regionModifier = { value: '24028007', scheme: 'SCT', meaning: 'Right' };
  const segments = [
    { ...first!, description: 'by hand', rgb: [255, 0, 0] as const, region, regionModifier },
    ...others,
  ];
  const { elements } = written(voxels, undefined, { segments, seriesNumber: 9, seriesDescription: 'S', creator: 'Me' });
  expect(elements).toMatchObject({ '0020,0011': '9', '0008,103e': 'S', '0070,0084': 'Me' });
  const item = at(elements, '0062,0002', 0) as unknown as ReadElements;
  expect(item['0062,0006']).toBe('by hand');
  expect(item['0008,2218']).toEqual([{ ...sct('10200004', 'Liver')[0], '0008,2220': sct('24028007', 'Right') }]);
  // highdicom: 34886, 53484, 50172
  const color = new Uint16Array(Uint8Array.from(Buffer.from(item['0062,000d'] as string, 'hex')).buffer);
  expect(Math.abs(color[0]! - 34886) + Math.abs(color[1]! - 53484) + Math.abs(color[2]! - 50172)).toBeLessThan(9);
});

it('keeps what the source says of lost information, and its name in other characters', () => {
  const lossy = { '0028,2110': '01', '0028,2112': '12.5', '0028,2114': 'ISO_10918_1' };
  const { elements } = written(voxels, () => ({ ...lossy, '0008,0005': 'ISO_IR 100', '0010,0010': 'Müller^Jürgen' }));
  expect(elements).toMatchObject({ ...lossy, '0010,0010': 'Müller^Jürgen' });
});

it('takes the distance of slices where their thickness is unknown', () => {
  for (const thickness of [undefined, '0']) {
    const { elements } = written(voxels, () => ({ '0018,0050': thickness }));
    expect(at(elements, '5200,9229', 0, '0028,9110', 0)).toMatchObject({ '0018,0050': '2.5', '0018,0088': '2.5' });
  }
});

it('stores one empty frame of an empty label map', () => {
  const { elements } = written(new Uint8Array(30));
  expect(elements).toMatchObject({ '0028,0008': '1', '7fe0,0010': '0000' });
  expect(at(elements, '5200,9230', 0, '0020,9113', 0, '0020,0032')).toBe('-10.5\\20\\30');
  expect(at(elements, '0062,0002')).toHaveLength(3);
});

it.each([dicomSeg, dicomRtstruct])('refuses label maps that do not fit: %o', (write) => {
  const series = dicomSeries(smallSeries(), 'series');
  const refused = (change: Partial<LabelsOfSeries>, tag: ErrorTag, message: RegExp, segments = options.segments) => {
    try {
      write({ ...series, data: voxels, ...change }, series, { ...options, segments });
      expect.fail('was written');
    } catch (error) {
      expect(isNnUNetError(error, tag), String(error)).toBe(true);
      expect((error as Error).message).toMatch(message);
    }
  };
  refused({ shape: [3, 5, 2] }, 'shape-mismatch', /has 3 x 5 x 2 voxels \(z, y, x\), but the DICOM series 3 x 2 x 5/);
  refused({ origin: [-10.5, 20, 30.2] }, 'other-grid', /lies elsewhere/);
  refused({ origin: [-10.5, 20, 30.05] }, 'other-grid', /lies elsewhere/);
  refused(
    { data: voxels.map((value) => value && value + 1) },
    'undeclared-labels',
    /describes: 3 \(3 voxels\), 5 \(3 voxels\)/,
  );
  refused({}, 'usage', /no segment/, []);
  expect(() => write({ ...series, data: voxels, origin: [-10.5, 20, 30.000001] }, series, options)).not.toThrow();
});
