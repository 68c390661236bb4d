import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';

it('encodes bytes as base64, and decodes them', () => {
  // RFC 4648, section 10.
  const known = { f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foobar: 'Zm9vYmFy' };
  for (const [text, encoded] of Object.entries(known)) {
    expect(toBase64(new TextEncoder().encode(text))).toBe(encoded);
    expect(new TextDecoder().decode(fromBase64(encoded))).toBe(text);
  }
  const many = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  expect(fromBase64(toBase64(many))).toEqual(many);
});

it.each(['Zg=', 'Zg', 'Z===', '%', 'Zm9v Zm9v', 'Zg==Zg=='])('refuses %s, which is no base64', (text) => {
  expect(() => fromBase64(text)).toThrow(new TypeError('the text is no base64'));
});
