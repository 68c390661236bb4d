import { expect, it } from 'vitest';
import { elements, file, number, type Part } from '../node/dicom-bytes.fixture.ts';
import { dicomHeader } from './dicom-header.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const uid: Part = { tag: [0x8, 0x18], vr: 'UI', value: Buffer.from('1.2.34\0\0') };
const name = (value: Buffer): Part => ({ tag: [0x10, 0x10], vr: 'PN', value });
const sets = (value: string): Part => ({ tag: [0x8, 0x5], vr: 'CS', value: Buffer.from(value) });
const nameIn = (characterSets: string, value: Buffer) =>
  dicomHeader(
    file(EXPLICIT, () => [sets(characterSets), uid, name(value)]),
    'a.dcm',
  ).text('PatientName');

it.each([EXPLICIT, '1.2.840.10008.1.2', '1.2.840.10008.1.2.2'])('reads text and numbers of %s', (syntax) => {
  const header = dicomHeader(
    file(syntax, (little) => [
      uid,
      { tag: [0x28, 0x10], vr: 'US', value: number(300, little) },
      { tag: [0x28, 0x30], vr: 'DS', value: Buffer.from(' 0.5\\ .25 ') },
      { tag: [0x28, 0x2110], vr: 'CS', value: Buffer.from('x\\1 ') },
    ]),
    'a.dcm',
  );
  expect(header.text('SOPInstanceUID')).toBe('1.2.34');
  expect(header.uint16('Rows')).toBe(300);
  expect(header.uint16('Columns')).toBeNaN();
  expect(header.numbers('PixelSpacing')).toEqual([0.5, 0.25]);
  expect(header.numbers('LossyImageCompression')).toEqual([]);
  expect(header.numbers('SliceThickness')).toEqual([]);
  expect(header.text('PatientName')).toBe('');
});

// Bytes by Python's codecs.
it.each([
  ['', 'Doe^Jane', Buffer.from('Doe^Jane')],
  ['ISO_IR 100', 'Buc^Jérôme', Buffer.from('Buc^J\xe9r\xf4me', 'latin1')],
  ['ISO_IR 144', 'Люксембург', Buffer.from('bbeedae1d5dcd1e3e0d3', 'hex')],
  ['ISO_IR 192', 'Wang^XiaoDong=王^小東', Buffer.from('Wang^XiaoDong=王^小東')],
  [
    'GB18030',
    'Wang^XiaoDong=王^小东',
    Buffer.concat([Buffer.from('Wang^XiaoDong='), Buffer.from('cdf55ed0a1b6ab', 'hex')]),
  ],
  [
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=山田^太郎',
    Buffer.concat([Buffer.from('Yamada^Tarou='), Buffer.from('1b24423b3345441b28425e1b244242404f3a1b2842', 'hex')]),
  ],
  [
    '\\ISO 2022 IR 149',
    'Hong^Gildong=洪^吉洞',
    Buffer.concat([Buffer.from('Hong^Gildong='), Buffer.from('1b242943fbf35e1b242943d1ced4d7', 'hex')]),
  ],
  // DICOM PS3.5 H.3.2: katakana of one byte, kanji of two
  [
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    Buffer.from(
      'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
      'hex',
    ),
  ],
  ['\\ISO 2022 IR 87\\ISO 2022 IR 159', '山丂A', Buffer.from('1b24423b331b24284430211b284241', 'hex')],
  // 0x5e and 0x3d are halves of characters there, not delimiters
  ['ISO 2022 IR 13\\ISO 2022 IR 87', '純秀ｱ', Buffer.from('1b24423d633d281b284ab1', 'hex')],
  [
    '\\ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126',
    'Buc^Jérôme=Люкceмбypг=Διονυσιος',
    Buffer.from('4275635e4ae972f46d653d1b2d4cbbeeda6365dcd17970d33d1b2d46c4e9efedf5f3e9eff2', 'hex'),
  ],
  // After a delimiter, text is in the first set again.
  [
    'ISO 2022 IR 100\\ISO 2022 IR 144',
    'Иван^Jörg=Пётр',
    Buffer.from('1b2d4cb8d2d0dd5e4af672673d1b2d4cbff1e2e0', 'hex'),
  ],
  ['\\ISO 2022 IR 58', 'Zhang=张^小东', Buffer.from('5a68616e673d1b242941d5c55e1b242941d0a1b6ab', 'hex')],
])('decodes text of the character set "%s"', (characterSet, text, bytes) => {
  expect(nameIn(characterSet, bytes)).toBe(text);
});

it('refuses files without a readable header, by name', () => {
  const refused = (bytes: Uint8Array) =>
    expect(() => dicomHeader(bytes, 'a.dcm')).toThrow(/^a\.dcm: has no readable DICOM/);
  refused(Buffer.from('text that is no DICOM file at all, and goes on for a while'));
  refused(new Uint8Array(3));
  refused(file('1.2.840.10008.1.2.1.99', () => [uid]));
  refused(file(EXPLICIT, () => [name(Buffer.from('Doe '))]));
  const broken = { tag: [0x8, 0x1140] as [number, number], vr: 'SQ', length: 0xffffffff, value: elements([uid]) };
  refused(file(EXPLICIT, () => [uid, broken, name(Buffer.from('Doe '))]));
});

it('keeps no values that are long or cut off', () => {
  const text = (length: number) =>
    dicomHeader(
      file(EXPLICIT, () => [uid, { tag: [0x10, 0x10], vr: 'UN', value: Buffer.alloc(length, 'x') }]),
      'a',
    ).text('PatientName').length;
  expect([text(16_384), text(16_386)]).toEqual([16_384, 0]);
  const whole = file(EXPLICIT, () => [uid, name(Buffer.from('Doe^Jane'))]);
  expect(dicomHeader(whole.subarray(0, whole.length - 1), 'a').text('PatientName')).toBe('');
});
