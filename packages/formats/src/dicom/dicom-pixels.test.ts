import { describe, expect, it } from 'vitest';
import { elements, file, number, type Part } from '../node/dicom-bytes.fixture.ts';
import { dicomPixels, requirePixels } from './dicom-pixels.ts';

const size = (little: boolean): Part[] => [
  { tag: [0x28, 0x02], vr: 'US', value: number(1, little) },
  { tag: [0x28, 0x10], vr: 'US', value: number(4, little) },
  { tag: [0x28, 0x11], vr: 'US', value: number(5, little) },
  { tag: [0x28, 0x100], vr: 'US', value: number(16, little) },
];
const pixels = (bytes: number, vr = 'OW'): Part => ({ tag: [0x7fe0, 0x10], vr, value: Buffer.alloc(bytes) });

it.each(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2'])(
  'finds the pixels of the transfer syntax %s',
  (syntax) => {
    const whole = file(syntax, (little) => [...size(little), pixels(40)]);
    expect(dicomPixels(whole)).toEqual({ rows: 4, columns: 5, expected: 40, found: 40, cutOff: false });
    expect(dicomPixels(whole.subarray(0, whole.length - 3))).toMatchObject({ found: 37, cutOff: true });
    const few = file(syntax, (little) => [...size(little), pixels(30)]);
    expect(dicomPixels(few)).toMatchObject({ expected: 40, found: 30, cutOff: false });
  },
);

it('passes over sequences of undefined length, with pixels of an icon in them', () => {
  const undefinedLength = 0xffffffff;
  const icon = elements([
    { tag: [0x28, 0x10], vr: 'US', value: number(99) },
    { tag: [0x7fe0, 0x10], vr: 'OW', value: Buffer.alloc(2) },
  ]);
  const item = elements([{ tag: [0xfffe, 0xe000], vr: '', length: undefinedLength, value: icon }]);
  const ends = elements([
    { tag: [0xfffe, 0xe00d], vr: '' },
    { tag: [0xfffe, 0xe0dd], vr: '' },
  ]);
  const value = Buffer.concat([item, ends]);
  const sequence: Part = { tag: [0x8, 0x1140], vr: 'SQ', length: undefinedLength, value };
  const whole = file('1.2.840.10008.1.2.1', (little) => [sequence, ...size(little), pixels(40)]);
  expect(dicomPixels(whole)).toMatchObject({ rows: 4, expected: 40, found: 40, cutOff: false });
});

it('sees whether packed pixels come to their end', () => {
  const fragment = elements([
    { tag: [0xfffe, 0xe000], vr: '' },
    { tag: [0xfffe, 0xe000], vr: '', value: Buffer.alloc(10) },
  ]);
  const end = elements([{ tag: [0xfffe, 0xe0dd], vr: '' }]);
  const packed = (value: Buffer) =>
    file('1.2.840.10008.1.2.4.70', (little) => [
      ...size(little),
      { tag: [0x7fe0, 0x10], vr: 'OB', length: 0xffffffff, value },
    ]);
  expect(dicomPixels(packed(Buffer.concat([fragment, end])))).toMatchObject({ expected: null, cutOff: false });
  // without the mark after the last item, as some writers leave it
  expect(dicomPixels(packed(fragment))).toMatchObject({ cutOff: false });
  expect(dicomPixels(packed(fragment.subarray(0, 25)))).toMatchObject({ cutOff: true });
});

it('leaves to the reader what it does not understand', () => {
  expect(dicomPixels(new Uint8Array(3))).toBeNull();
  expect(dicomPixels(Buffer.from('text that is no DICOM file at all, and goes on for a while'))).toBeNull();
});

describe('what a file states of its pixels', () => {
  const explicit = '1.2.840.10008.1.2.1';
  const text = (value: string): Buffer => Buffer.from(value);
  const of = (parts: Part[], syntax = explicit) => dicomPixels(file(syntax, () => parts));
  const changed = (group: number, element: number, part: Partial<Part>) =>
    size(true).map((each) => (each.tag[1] === element && each.tag[0] === group ? { ...each, ...part } : each));

  it('counts frames, bits and one sample a pixel, and nothing of colours', () => {
    const frames = (value: string): Part => ({ tag: [0x28, 0x08], vr: 'IS', value: text(value) });
    expect(of([frames('3 '), ...size(true), pixels(40)])).toMatchObject({ expected: 120, found: 40 });
    for (const none of ['  ', '0 ', 'x ']) expect(of([frames(none), ...size(true), pixels(40)])!.expected).toBe(40);
    // 12 bits a pixel of 20: 30 bytes; of 3 x 5, 22.5, which take 23.
    expect(of([...changed(0x28, 0x100, { value: number(12) }), pixels(40)])!.expected).toBe(30);
    const odd = changed(0x28, 0x100, { value: number(12) }).map((part) =>
      part.tag[1] === 0x10 ? { ...part, value: number(3) } : part,
    );
    expect(of([...odd, pixels(40)])).toMatchObject({ rows: 3, columns: 5, expected: 23 });
    expect(of([...changed(0x28, 0x02, { value: number(3) }), pixels(40)])!.expected).toBeNull();
    // One sample of 16 bits where it does not say.
    expect(of([...size(true).slice(1, 3), pixels(40)])!.expected).toBe(40);
    expect(of([pixels(40)])).toEqual({ rows: 0, columns: 0, expected: 0, found: 40, cutOff: false });
    // A number of another length is not read.
    expect(of([...changed(0x28, 0x10, { value: Buffer.alloc(4, 1) }), pixels(40)])!.rows).toBe(0);
  });

  it('reads files without a preamble, explicit or not', () => {
    for (const isExplicit of [true, false]) {
      const body = elements([...size(true), pixels(40)], { explicit: isExplicit });
      expect(dicomPixels(body)).toMatchObject({ rows: 4, columns: 5, expected: 40, found: 40 });
    }
  });

  it('says nothing of deflated files and of those without pixels', () => {
    expect(of([...size(true), pixels(40)], '1.2.840.10008.1.2.1.99')).toBeNull();
    expect(of(size(true))).toBeNull();
  });

  it.each(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])('steps over %s', (vr) => {
    const head = Buffer.from([8, 0, 1, 0, ...Buffer.from(vr), 0, 0, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6]);
    const rest = elements([...size(true), pixels(40)]);
    expect(dicomPixels(Buffer.concat([file(explicit, () => []), head, rest]))).toMatchObject({ rows: 4, found: 40 });
  });

  it('goes into sequences as deep as there may be, and no deeper', () => {
    const nested = (depth: number): Buffer => {
      const inner = depth === 0 ? Buffer.alloc(0) : nested(depth - 1);
      const value = Buffer.concat([
        elements([{ tag: [0xfffe, 0xe000], vr: '', length: 0xffffffff, value: inner }]),
        elements([
          { tag: [0xfffe, 0xe00d], vr: '' },
          { tag: [0xfffe, 0xe0dd], vr: '' },
        ]),
      ]);
      return elements([{ tag: [0x8, 0x1140], vr: 'SQ', length: 0xffffffff, value }]);
    };
    const of = (depth: number) =>
      dicomPixels(Buffer.concat([file(explicit, () => []), nested(depth), elements([...size(true), pixels(40)])]));
    expect(of(32)).toMatchObject({ rows: 4 });
    expect(of(33)).toBeNull();
  });

  it('steps over items of a stated length, and gives up at anything else', () => {
    const item = elements([{ tag: [0xfffe, 0xe000], vr: '', value: Buffer.alloc(10) }]);
    const end = elements([{ tag: [0xfffe, 0xe0dd], vr: '' }]);
    const of = (value: Buffer) =>
      dicomPixels(
        file(explicit, () => [{ tag: [0x8, 0x1140], vr: 'SQ', length: 0xffffffff, value }, ...size(true), pixels(40)]),
      );
    expect(of(Buffer.concat([item, item, end]))).toMatchObject({ rows: 4, found: 40 });
    expect(of(Buffer.concat([item, elements([pixels(4)]), end]))).toBeNull();
  });
});

it.each([
  ['66.4', 'a segmentation or registration'],
  ['481.3', 'an object of radiotherapy'],
  ['88.33', 'a report'],
  ['11.1', 'a presentation state'],
  ['104.1', 'a document'],
])('says that an object beside the slices is none: %s', (kind, name) => {
  const of = (uid: string) =>
    file('1.2.840.10008.1.2.1', (little) => [
      { tag: [0x8, 0x8], vr: 'CS', value: Buffer.from('DERIVED ') },
      { tag: [0x8, 0x16], vr: 'UI', value: Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`) },
      ...size(little),
      pixels(40),
    ]);
  const required = (uid: string) => () => requirePixels(of(uid), 'f/a.dcm');
  expect(required(`1.2.840.10008.5.1.4.1.1.${kind}`)).toThrow(`f/a.dcm: is ${name}, not a slice\n`);
  expect(required('1.2.840.10008.5.1.4.1.1.4')).not.toThrow();
});
