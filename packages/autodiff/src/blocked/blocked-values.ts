import type { Expression, ExpressionOf } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { Blocks } from './blocks.ts';
import { type BlockedValue, fromPlain, toPlain } from './layout.ts';

/** The values of a graph that the blocked lowering has produced, in blocks of channels or in the ordinary layout. */
export class BlockedValues {
  readonly context: LoweringContext;
  readonly blocks: Blocks;
  readonly #values = new Map<number, BlockedValue>();
  /** Results that are produced in the ordinary layout: weight gradients and sums. */
  readonly #ordinary = new Map<number, string>();
  /** Channel concatenations that have not been needed as a whole so far. */
  readonly #deferred = new Set<number>();

  /** @param block the provider's block size */
  constructor(context: LoweringContext, block: number) {
    this.context = context;
    this.blocks = new Blocks(context.graph, block);
  }

  set(e: Expression, value: BlockedValue): void {
    this.#values.set(e.id, value);
  }

  /** @param name of the result in the ordinary layout */
  setOrdinary(e: Expression, name: string): void {
    this.#ordinary.set(e.id, name);
  }

  /** Leaves the inputs of a channel concatenation apart until it is needed as a whole. */
  defer(e: ExpressionOf<'concat'>): void {
    this.#deferred.add(e.id);
  }

  /** Whether a value is produced, in whichever layout; concatenations left apart are not. */
  has(e: Expression): boolean {
    return this.#values.has(e.id) || this.#ordinary.has(e.id);
  }

  /** Whether a value is in blocks, or concatenates such values. */
  isBlocked(e: Expression): boolean {
    return this.#values.has(e.id) || this.#deferred.has(e.id);
  }

  /** Whether a value of this shape fills at least one block of channels, so that staying blocked is not wasteful. */
  isWide({ shape }: Expression): boolean {
    return (shape.length === 4 || shape.length === 5) && shape[1]! >= this.blocks.block;
  }

  /** The value, if it is in blocks already. */
  get(e: Expression): BlockedValue | undefined {
    return this.#values.get(e.id);
  }

  /** The value in blocks, converted once if it is not. */
  blocked(e: Expression): BlockedValue {
    const known = this.#values.get(e.id);
    if (known !== undefined) return known;
    const value = fromPlain(this.blocks, this.context.plain(e), e.shape);
    this.#values.set(e.id, value);
    return value;
  }

  /** The value itself, or the values that it concatenates. */
  sections(e: Expression): Expression[] {
    return this.#deferred.has(e.id) ? e.inputs.flatMap((i) => this.sections(i)) : [e];
  }

  /** The name of a produced value in the ordinary layout. */
  toPlain(e: Expression): string {
    const ordinary = this.#ordinary.get(e.id);
    if (ordinary !== undefined) return ordinary;
    const value = this.#values.get(e.id);
    if (value !== undefined) return toPlain(this.blocks, value, e.shape.length);
    if (!this.#deferred.has(e.id)) throw new Error(`${e.op} has no value`);
    return this.context.graph.node(
      'Concat',
      e.inputs.map((i) => this.context.plain(i)),
      { axis: 1 },
    );
  }
}
