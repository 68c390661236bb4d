import type { DicomSource } from '../dicom/dicom-series.ts';
import { file, number, type Part } from './dicom-bytes.fixture.ts';

/** Text elements of a slice by tag, 'gggg,eeee'; undefined leaves one out. */
export type SliceTags = Record<string, string | undefined>;

/** The normal is (0, -0.6, 0.8): turned around x. */
export const ORIENTATION = '1\\0\\0\\0\\0.8\\0.6';

/** Three slices of 2 rows and 5 columns, 2.5 mm apart along the normal, given from the last to the first. */
export function smallSeries(change: (k: number) => SliceTags = () => ({}), count = 3): DicomSource[] {
  return Array.from({ length: count }, (_, k) => {
    const tags: SliceTags = {
      '0008,0016': '1.2.840.10008.5.1.4.1.1.2',
      '0008,0018': `1.2.3.${k}`,
      '0008,0020': '20200102',
      '0008,103e': 'Venous',
      '0010,0010': 'Doe^Jane',
      '0010,0020': 'ID-7',
      '0018,0050': '2',
      '0020,000d': '1.2.4',
      '0020,000e': '1.2.5',
      '0020,0011': '4',
      '0020,0013': String(50 - 3 * k),
      '0020,0032': `-10.5\\${20 - 1.5 * k}\\${30 + 2 * k}`,
      '0020,0037': ORIENTATION,
      '0020,0052': '1.2.6',
      '0028,0030': '0.5\\0.25',
      ...change(k),
    };
    return { name: `${k}.dcm`, bytes: sliceFile(tags) };
  }).reverse();
}

function sliceFile(tags: SliceTags): Uint8Array {
  const texts = Object.entries(tags).flatMap(([tag, value]): Part[] => {
    if (value === undefined) return [];
    const bytes = Buffer.from(value.length % 2 === 0 ? value : `${value} `, 'latin1');
    return [
      { tag: tag.split(',').map((part) => Number.parseInt(part, 16)) as [number, number], vr: 'LO', value: bytes },
    ];
  });
  const size: Part[] = [
    { tag: [0x28, 0x10], vr: 'US', value: number(2) },
    { tag: [0x28, 0x11], vr: 'US', value: number(5) },
  ];
  const pixels: Part = { tag: [0x7fe0, 0x10], vr: 'OW', value: Buffer.alloc(20) };
  const order = ({ tag: [group, element] }: Part) => group * 65536 + element;
  return file('1.2.840.10008.1.2.1', () => [...[...texts, ...size].sort((a, b) => order(a) - order(b)), pixels]);
}
