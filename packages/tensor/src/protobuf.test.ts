import { expect, it } from 'vitest';
import { ProtobufWriter } from './protobuf.ts';

it('writes numbers, texts and messages as protocol buffers have them', () => {
  const bytes = (write: (w: ProtobufWriter) => void) => {
    const writer = new ProtobufWriter();
    write(writer);
    return [...writer.bytes()];
  };
  // 150 is the example of the format's documentation: 96 01
  expect(bytes((w) => w.varint(1, 150))).toEqual([0x08, 0x96, 0x01]);
  expect(bytes((w) => w.varint(2, 127))).toEqual([0x10, 127]);
  expect(bytes((w) => w.varint(16, 128))).toEqual([0x80, 0x01, 0x80, 0x01]);
  expect(bytes((w) => w.varint(1, -1))).toEqual([0x08, ...Array(9).fill(0xff), 0x01]);
  expect(bytes((w) => w.varint(1, 2n ** 63n))).toEqual([0x08, ...Array(9).fill(0x80), 0x01]);
  expect(bytes((w) => w.string(2, 'testing'))).toEqual([0x12, 7, ...Buffer.from('testing')]);
  expect(bytes((w) => w.raw(3, Uint8Array.of(1, 2)))).toEqual([0x1a, 2, 1, 2]);
  expect(bytes((w) => w.float(2, 1.5))).toEqual([0x15, 0, 0, 0xc0, 0x3f]);
  expect(bytes((w) => w.double(1, -2.5))).toEqual([0x09, 0, 0, 0, 0, 0, 0, 4, 0xc0]);
  expect(bytes((w) => w.message(3, (inner) => inner.varint(1, 150)))).toEqual([0x1a, 3, 0x08, 0x96, 0x01]);
  expect(bytes((w) => w.packedVarints(4, [3, 270, 86942]))).toEqual([0x22, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
});
