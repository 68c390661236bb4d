import { PickleFault } from './bad-pickle.ts';
import type { ByteReader } from './byte-reader.ts';
import { Op } from './pickle-opcodes.ts';
import type { InstructionTable } from './pickle-state.ts';

/** Marks, the memo, framing. */
export const stackInstructions: InstructionTable = {
  [Op.mark]: ({ stack }) => stack.mark(),
  [Op.pop]: ({ stack }) => stack.drop(),
  [Op.popMark]: ({ stack }) => void stack.popToMark(),
  [Op.dup]: ({ stack }) => stack.push(stack.top()),

  [Op.binGet]: ({ reader, stack, memo }) => stack.push(memo.get(reader.uint8())),
  [Op.longBinGet]: ({ reader, stack, memo }) => stack.push(memo.get(reader.uint32())),
  [Op.binPut]: ({ reader, stack, memo }) => memo.put(reader.uint8(), stack.top()),
  [Op.longBinPut]: ({ reader, stack, memo }) => memo.put(reader.uint32(), stack.top()),
  [Op.memoize]: ({ stack, memo }) => memo.append(stack.top()),

  [Op.protocol]: ({ reader }) => readProtocol(reader),
  // Frames only group what follows; their length is checked by every read.
  [Op.frame]: ({ reader }) => reader.skip(8),
};

/** @throws PickleFault for a version that is not read */
export function readProtocol(reader: ByteReader): void {
  const version = reader.uint8();
  if (version < 2 || version > 5) throw new PickleFault(`protocol ${version}; 2 to 5 are read`);
}
