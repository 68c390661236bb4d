import { expect, it } from 'vitest';
import { crc32, crc32c } from './crc32.ts';

const digits = new TextEncoder().encode('123456789');

it('computes the check values of both checksums', () => {
  // The "check" of the catalogue of parametrised CRC algorithms, of CRC-32/ISO-HDLC and CRC-32/ISCSI.
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32c(digits)).toBe(0xe3069283);
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and counting up.
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

it('goes on from the checksum of the preceding bytes', () => {
  expect(crc32(digits.subarray(5), crc32(digits.subarray(0, 5)))).toBe(0xcbf43926);
});
