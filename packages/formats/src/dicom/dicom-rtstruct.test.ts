import { expect, it } from 'vitest';
import { type ReadElements, readDicom } from '../node/read-dicom.fixture.ts';
import { smallSeries } from '../node/series.fixture.ts';
import { dicomRtstruct } from './dicom-rtstruct.ts';
import { dicomSeries } from './dicom-series.ts';
import { segmentsOf } from './segments.ts';

const segments = segmentsOf(new Map([[1, 'Liver'], [3, 'Spot'], [9, 'Nothing']])); // biome-ignore format: a row
const options = { segments, algorithm: { name: 'Model', version: '1.2' }, creator: 'Me' };
const series = dicomSeries(smallSeries(), 'series');

/** Label 1 fills the middle slice; label 3 is one pixel of the last: row 1, column 4. */
function written() {
  const data = new Uint8Array(30).fill(1, 10, 20);
  data[29] = 3;
  return readDicom(dicomRtstruct({ ...series, data }, series, options));
}

it('draws contours in the planes of the slices, in patient coordinates', () => {
  const { elements } = written();
  const [liver, spot, nothing] = elements['3006,0039'] as ReadElements[];
  expect(spot!['3006,0040']).toEqual([
    {
      '3006,0016': [{ '0008,1150': '1.2.840.10008.5.1.4.1.1.2', '0008,1155': '1.2.3.2' }],
      '3006,0042': 'CLOSED_PLANAR',
      '3006,0046': '4',
      '3006,0050': expect.any(String),
    },
  ]);
  // The pixel lies at (-10.5, 17, 34) + 4 * 0.25 * (1, 0, 0) + 1 * 0.5 * (0, 0.8, 0.6); its neighbours are 0.25 mm away
  // along the row, and (0, 0.4, 0.3) along the column.
  const [{ '3006,0050': text }] = spot!['3006,0040'] as [{ '3006,0050': string }];
  const points = text.split('\\').map(Number);
  expect([0, 3, 6, 9].map((i) => points.slice(i, i + 3).join(' ')).sort()).toEqual(
    ['-9.5 17.2 34.15', '-9.375 17.4 34.3', '-9.5 17.6 34.45', '-9.625 17.4 34.3'].sort(),
  );
  expect((liver!['3006,0040'] as ReadElements[])[0]).toMatchObject({ '3006,0046': '8' });
  expect(nothing).toEqual({ '3006,002a': expect.any(String), '3006,0084': '3' });
});

it('says what a structure set must say', () => {
  const { meta, elements } = written();
  expect(meta).toMatchObject({ '0002,0002': '1.2.840.10008.5.1.4.1.1.481.3', '0002,0010': '1.2.840.10008.1.2' });
  const slice = (k: number) => ({ '0008,1150': '1.2.840.10008.5.1.4.1.1.2', '0008,1155': `1.2.3.${k}` });
  const roi = (number: string, name: string) => ({
    '3006,0022': number,
    '3006,0024': '1.2.6',
    '3006,0026': name,
    '3006,0036': 'AUTOMATIC',
    '3006,0038': 'Model',
  });
  expect(elements).toMatchObject({
    '0008,0016': '1.2.840.10008.5.1.4.1.1.481.3',
    '0008,0060': 'RTSTRUCT',
    '0008,1070': 'Me',
    '0010,0010': 'Doe^Jane',
    '0020,000d': '1.2.4',
    '0020,0052': '1.2.6',
    '3006,0002': 'SEGMENTATION',
    '3006,0004': 'Model',
    '3006,0008': expect.stringMatching(/^\d{8}$/),
    '3006,0009': expect.stringMatching(/^\d{6}$/),
    '3006,0010': [
      {
        '0020,0052': '1.2.6',
        '3006,0012': [
          {
            '0008,1150': '1.2.840.10008.3.1.2.3.1',
            '0008,1155': '1.2.4',
            '3006,0014': [{ '0020,000e': '1.2.5', '3006,0016': [slice(0), slice(1), slice(2)] }],
          },
        ],
      },
    ],
    '3006,0020': [roi('1', 'Liver'), roi('2', 'Spot'), roi('3', 'Nothing')],
    '300e,0002': 'UNAPPROVED',
  });
  const contours = elements['3006,0039'] as ReadElements[];
  expect(contours.map((item) => [item['3006,0084'], item['3006,002a']])).toEqual(
    segments.map(({ rgb }, i) => [String(i + 1), rgb.join('\\')]),
  );
  expect(elements['3006,0080']).toMatchObject(
    [
      ['10200004', 'Liver'],
      ['85756007', 'Tissue'],
      ['85756007', 'Tissue'],
    ].map(([code, meaning], i) => ({
      '3006,0082': String(i + 1),
      '3006,0084': String(i + 1),
      '3006,0086': [{ '0008,0100': code, '0008,0102': 'SCT', '0008,0104': meaning }],
      '3006,00a4': '',
      '3006,00a6': 'Me',
    })),
  );
});

it('takes contours longer than 65,534 bytes', () => {
  // A comb: 2 x 3000 pixels, every other one of the first row.
  const columns = 6000;
  const bytes = smallSeries(undefined, 1).map(({ name, bytes }) => {
    const wide = Buffer.from(bytes);
    wide.writeUInt16LE(columns, wide.indexOf(Buffer.from([0x28, 0, 0x11, 0, 0x55, 0x53])) + 8);
    return { name, bytes: wide };
  });
  const wide = dicomSeries(bytes, 'series');
  const data = Uint8Array.from({ length: 2 * columns }, (_, i) => (i >= columns || i % 2 === 0 ? 1 : 0));
  const { elements } = readDicom(dicomRtstruct({ ...wide, data }, wide, options));
  const [contour] = (elements['3006,0039'] as ReadElements[])[0]!['3006,0040'] as ReadElements[];
  const text = contour!['3006,0050'] as string;
  expect(text.length).toBeGreaterThan(65_534);
  expect(text.split('\\')).toHaveLength(3 * Number(contour!['3006,0046']));
});
