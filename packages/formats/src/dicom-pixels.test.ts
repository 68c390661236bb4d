import { expect, it } from 'vitest';
import { dicomPixels } from './dicom-pixels.ts';

type Part = { tag: [number, number]; vr: string; value?: Buffer; length?: number };

/** Elements by hand: explicit or implicit, of either byte order. */
function elements(parts: readonly Part[], { explicit = true, little = true } = {}): Buffer {
  return Buffer.concat(
    parts.flatMap(({ tag, vr, value = Buffer.alloc(0), length = value.length }) => {
      const head = Buffer.alloc(!explicit || vr === '' ? 8 : /^(OB|OW|SQ|UN)$/.test(vr) ? 12 : 8);
      const [u16, u32] = little
        ? ([head.writeUInt16LE, head.writeUInt32LE] as const)
        : ([head.writeUInt16BE, head.writeUInt32BE] as const);
      u16.call(head, tag[0], 0);
      u16.call(head, tag[1], 2);
      if (head.length === 12) {
        head.write(vr, 4, 'latin1');
        u32.call(head, length, 8);
      } else if (explicit && vr !== '') {
        head.write(vr, 4, 'latin1');
        u16.call(head, length, 6);
      } else {
        u32.call(head, length, 4);
      }
      return [head, value];
    }),
  );
}

const number = (n: number, little = true) => {
  const bytes = Buffer.alloc(2);
  if (little) bytes.writeUInt16LE(n);
  else bytes.writeUInt16BE(n);
  return bytes;
};

function file(syntax: string, parts: (little: boolean) => Part[]): Buffer {
  const little = syntax !== '1.2.840.10008.1.2.2';
  const meta = elements([{ tag: [2, 0x10], vr: 'UI', value: Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax) }]);
  const body = elements(parts(little), { explicit: syntax !== '1.2.840.10008.1.2', little });
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, body]);
}

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
