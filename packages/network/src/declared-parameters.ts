import type { Expression } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { names } from './network-graph.ts';
import type { NetworkParameter } from './network-parameter.ts';

/** The parameters that an architecture declares while it makes its layers. */
export class DeclaredParameters {
  readonly #parameters = new Map<string, NetworkParameter>();
  readonly #expressions = new Map<string, Expression>();

  /** @throws RangeError for the name of a parameter of another shape */
  declare(parameter: NetworkParameter): void {
    const { name, shape } = parameter;
    const known = this.#parameters.get(name);
    if (known === undefined) this.#parameters.set(name, parameter);
    else if (known.shape.join() !== shape.join()) {
      throw new RangeError(`${name} is declared as ${known.shape.join('x')} and as ${shape.join('x')}`);
    }
  }

  /** Returns the input of a graph for a parameter, making it on first request. */
  expression(name: string, shape: readonly number[]): Expression {
    const known = this.#expressions.get(name) ?? input(names.weights(name), shape);
    this.#expressions.set(name, known);
    return known;
  }

  /** @param orderOf returns the order of layers in files, from that of declaration */
  inOrder(orderOf: (layers: readonly string[]) => readonly string[]): NetworkParameter[] {
    const list = [...this.#parameters.values()];
    const layerOf = ({ name }: NetworkParameter) => name.slice(0, Math.max(0, name.lastIndexOf('.')));
    const places = new Map(orderOf([...new Set(list.map(layerOf))]).map((name, i) => [name, i]));
    const placeOf = (parameter: NetworkParameter) => {
      const place = places.get(layerOf(parameter));
      if (place === undefined) throw new RangeError(`layerOrder lacks the layer of ${parameter.name}`);
      return place;
    };
    return list.sort((a, b) => placeOf(a) - placeOf(b));
  }
}
