import { expect, it } from 'vitest';
import { readDicom } from '../node/read-dicom.fixture.ts';
import { decimalString, newUid, writeDicom } from './write-dicom.ts';

it.each([
  [2.5, '2.5'],
  [-0, '0'],
  [1 / 3, '0.33333333333333'],
  [-1 / 3, '-0.3333333333333'],
  [1234567.891, '1234567.891'],
  [100, '100'],
  [1e-9, '0.000000001'],
  [12345678901234570, ''],
])('writes %d as a decimal string of at most 16 characters: "%s"', (value, text) => {
  if (text === '') expect(() => decimalString(value)).toThrow(RangeError);
  else expect(decimalString(value)).toBe(text);
});

it.each([true, false])(
  'writes text of an even length, as much of it as may be, without separators; explicit: %s',
  (explicit) => {
    const { elements } = readDicom(
      writeDicom(
        {
          SeriesDescription: `a\\b\n${'ä'.repeat(80)}`,
          StudyID: '12345678901234567',
          PatientID: ' odd ',
          ImagePositionPatient: '1\\2\\3',
          ImageType: ['A', 'B'],
          StudyTime: '',
          StudyDate: undefined,
        },
        { explicit },
      ),
    );
    expect(elements).toEqual({
      '0008,0005': 'ISO_IR 192',
      '0008,0008': 'A\\B',
      '0008,0030': '',
      '0008,103e': `a b ${'ä'.repeat(60)}`,
      '0010,0020': 'odd',
      '0020,0010': '1234567890123456',
      '0020,0032': '1\\2\\3',
    });
  },
);

it('refuses text that an explicit element cannot hold', () => {
  const long = { ContourData: 'x'.repeat(65_536) };
  expect(() => writeDicom(long, { explicit: true })).toThrow(/65536 bytes do not fit into an element of DS/);
  expect(readDicom(writeDicom(long, { explicit: false })).elements['3006,0050']).toHaveLength(65_536);
});

it('makes identifiers that are valid, and each time others', () => {
  const uids = new Set(Array.from({ length: 200 }, newUid));
  expect(uids.size).toBe(200);
  for (const uid of uids) {
    expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
    // A random UUID: version 4, variant 10.
    const hex = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
    expect(hex).toMatch(/^.{12}4.{3}[89ab]/);
  }
});
