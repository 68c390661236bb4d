import { PickleFault } from './bad-pickle.ts';
import type { ByteReader } from './byte-reader.ts';
import type { PickleLimits } from './pickle-limits.ts';
import { Op } from './pickle-opcodes.ts';

/**
 * The value of an instruction that pushes one of its own: None, a number, a text, bytes. Undefined for any other
 * instruction.
 */
export function readPlainValue(code: number, reader: ByteReader, limits: PickleLimits): unknown {
  const { textBytes, blockBytes, integerBytes } = limits;
  switch (code) {
    case Op.none:
      return null;
    case Op.newTrue:
      return true;
    case Op.newFalse:
      return false;
    case Op.binInt:
      return reader.int32();
    case Op.binInt1:
      return reader.uint8();
    case Op.binInt2:
      return reader.uint16();
    case Op.long1:
      return reader.integer(reader.uint8(), integerBytes);
    case Op.long4:
      return reader.integer(reader.uint32(), integerBytes);
    case Op.binFloat:
      return reader.float64();
    case Op.shortBinUnicode:
      return reader.text(reader.uint8(), textBytes);
    case Op.binUnicode:
      return reader.text(reader.uint32(), textBytes);
    case Op.binUnicode8:
      return reader.text(reader.uint64(), textBytes);
    case Op.shortBinString:
      return asciiText(reader, reader.uint8(), textBytes);
    case Op.binString:
      return asciiText(reader, reader.uint32(), textBytes);
    case Op.shortBinBytes:
      return reader.block(reader.uint8(), blockBytes).slice();
    case Op.binBytes:
      return reader.block(reader.uint32(), blockBytes).slice();
    case Op.binBytes8:
    case Op.byteArray8:
      return reader.block(reader.uint64(), blockBytes).slice();
    default:
      return undefined;
  }
}

/** Python 2's str: text where it is ASCII, otherwise its meaning is unknown. */
function asciiText(reader: ByteReader, length: number, limit: number): string {
  const bytes = reader.block(length, limit);
  if (bytes.some((b) => b > 127)) throw new PickleFault('a text of Python 2 that is not ASCII');
  return new TextDecoder().decode(bytes);
}
