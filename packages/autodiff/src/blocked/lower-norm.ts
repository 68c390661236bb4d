import type { Expression, ExpressionOf } from '../expression.ts';
import type { BlockedValues } from './blocked-values.ts';
import { instanceNorm, instanceNormGradient, type NormStatistics, normStatistics } from './instance-norm.ts';
import { thickened } from './layout.ts';

/** Lowers instance norms and their gradients, which share the statistics. */
export class NormLowering {
  readonly #values: BlockedValues;
  readonly #statistics = new Map<string, NormStatistics>();

  constructor(values: BlockedValues) {
    this.#values = values;
  }

  /** Returns false if the input is not blocked. */
  norm(e: ExpressionOf<'instanceNorm'>): boolean {
    const { blocks, context } = this.#values;
    const [x, gamma, beta] = e.inputs as [Expression, Expression, Expression];
    if (!this.#values.isBlocked(x)) return false;
    const parameters = { gamma: context.plain(gamma), beta: context.plain(beta) };
    const { value, statistics } = instanceNorm(blocks, this.#values.blocked(x), parameters, e.attributes);
    this.#values.set(e, value);
    this.#statistics.set(keyOf(e), statistics);
    return true;
  }

  /** Lowers the three parts of a gradient. Returns false if the input is not blocked. */
  gradient(e: ExpressionOf<'instanceNormGradient'>): boolean {
    const { blocks, context } = this.#values;
    const [x, gamma, beta, dy] = e.inputs as [Expression, Expression, Expression, Expression];
    if (!this.#values.isBlocked(x)) return false;
    const value = thickened(blocks, this.#values.blocked(x));
    const parameters = { gamma: context.plain(gamma), beta: context.plain(beta) };
    const statistics =
      this.#statistics.get(keyOf(e)) ?? normStatistics(blocks, value, parameters, e.attributes.epsilon);
    const inputs = { x: value, dy: this.#values.blocked(dy) };
    const wait = context.order.wait('int64');
    const options = { ...e.attributes, ...(wait ? { wait } : {}) };
    const { dx, dgamma, dbeta } = instanceNormGradient(blocks, inputs, statistics, options);
    for (const part of context.consumers(e)) {
      if (part.op !== 'part') continue;
      if (part.attributes.index === 0) this.#values.set(part, dx);
      else this.#values.setOrdinary(part, part.attributes.index === 1 ? dgamma : dbeta);
    }
    return true;
  }
}

function keyOf({
  inputs: [x, gamma, beta],
  attributes,
}: ExpressionOf<'instanceNorm' | 'instanceNormGradient'>): string {
  return [x!.id, gamma!.id, beta!.id, attributes.epsilon].join();
}
