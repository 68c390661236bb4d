import { PickleFault } from './bad-pickle.ts';
import { ByteReader } from './byte-reader.ts';
import { containerInstructions } from './container-instructions.ts';
import { objectInstructions } from './object-instructions.ts';
import type { PickleBudget, PickleLimits } from './pickle-limits.ts';
import { PickleMemo } from './pickle-memo.ts';
import { Op } from './pickle-opcodes.ts';
import { PickleStack } from './pickle-stack.ts';
import type { InstructionTable, PickleState } from './pickle-state.ts';
import { readPlainValue } from './plain-value.ts';
import { readProtocol, stackInstructions } from './stack-instructions.ts';

export interface PickleMachineOptions extends Pick<PickleState, 'globals' | 'persistentId'> {
  limits: PickleLimits;
  budget: PickleBudget;
}

const instructions: InstructionTable = { ...containerInstructions, ...stackInstructions, ...objectInstructions };

/** Carries out the instructions of one pickle. */
export class PickleMachine {
  /** Byte of the current instruction. */
  started: number;
  readonly #limits: PickleLimits;
  readonly #state: PickleState;

  constructor(bytes: Uint8Array, at: number, { limits, budget, globals, persistentId }: PickleMachineOptions) {
    this.started = at;
    this.#limits = limits;
    this.#state = {
      reader: new ByteReader(bytes, at),
      stack: new PickleStack(limits.marks),
      memo: new PickleMemo(budget),
      budget,
      globals,
      persistentId,
      makers: new WeakMap(),
    };
  }

  /** Byte after the last instruction. */
  get at(): number {
    return this.#state.reader.at;
  }

  run(): unknown {
    const { reader, stack } = this.#state;
    if (reader.uint8() !== Op.protocol) {
      throw new PickleFault('it does not start as a pickle of protocol 2 or later');
    }
    readProtocol(reader);
    for (let count = 0; ; count++) {
      if (count >= this.#limits.operations) throw new PickleFault(`more than ${count} instructions`);
      this.started = reader.at;
      const code = reader.uint8();
      if (code === Op.stop) return stack.result();
      this.#step(code);
    }
  }

  #step(code: number): void {
    const instruction = instructions[code];
    if (instruction !== undefined) {
      instruction(this.#state);
      return;
    }
    const value = readPlainValue(code, this.#state.reader, this.#limits);
    if (value === undefined) {
      throw new PickleFault(`an instruction that is not read (0x${code.toString(16).padStart(2, '0')})`);
    }
    this.#state.stack.push(value);
  }
}
