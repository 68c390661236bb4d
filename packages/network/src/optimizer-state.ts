import { NnUNetError } from '@nnunet/errors';
import { inShort } from '@nnunet/errors/internal';
import { sizeOf } from '@nnunet/tensor';
import type { NetworkDescription } from './network-description.ts';
import { badOptimizer, callOptimizer, type Optimizer } from './optimizer.ts';
import { type ParameterShape, type Parameters, trainableShapes } from './parameters.ts';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Name of a value kept for a parameter among all momenta: a `momentum` has the parameter's own name. */
export function momentumName(parameter: string, kept: string): string {
  return kept === 'momentum' ? parameter : `${parameter}/${kept}`;
}

/** Returns the shapes of the values that an optimiser keeps for a parameter. @throws NnUNetError 'bad-optimizer' */
export function keptShapes(optimizer: Optimizer, { name, shape }: ParameterShape): Shapes {
  const what = `state of ${name}`;
  return checkShapes(
    optimizer,
    what,
    callOptimizer(optimizer, what, () => optimizer.state({ name, shape })),
  );
}

/** Returns the shapes of the values that an optimiser keeps for the training. @throws NnUNetError 'bad-optimizer' */
export function commonShapes(optimizer: Optimizer): Shapes {
  return checkShapes(optimizer, 'common', optimizer.common ?? {});
}

function checkShapes({ name: where }: Optimizer, what: string, shapes: Shapes): Shapes {
  const isShape = (value: unknown) => Array.isArray(value) && value.every((n) => Number.isInteger(n) && n > 0);
  if (typeof shapes === 'object' && shapes !== null && Object.values(shapes).every(isShape)) return shapes;
  throw badOptimizer(where, `${what}: shapes by name expected, found ${inShort(shapes)}`);
}

/** The values kept for each trained parameter, then those for the training. @throws NnUNetError 'bad-optimizer' */
function keptValues(description: NetworkDescription, optimizer: Optimizer): ParameterShape[][] {
  const named = (shapes: Shapes, nameOf: (kept: string) => string) =>
    Object.entries(shapes).map(([kept, shape]) => ({ name: nameOf(kept), shape: [...shape] }));
  const ofParameters = trainableShapes(description).map((parameter) =>
    named(keptShapes(optimizer, parameter), (kept) => momentumName(parameter.name, kept)),
  );
  return [...ofParameters, named(commonShapes(optimizer), (kept) => kept)];
}

/** Returns the shapes of all values that an optimiser keeps between steps. @throws NnUNetError 'bad-optimizer' */
export function momentumShapes(description: NetworkDescription, optimizer: Optimizer): ParameterShape[] {
  const values = keptValues(description, optimizer).flat();
  const names = new Set<string>();
  for (const { name } of values) {
    if (names.has(name)) throw badOptimizer(optimizer.name, `two of the values that it keeps are called ${name}`);
    names.add(name);
  }
  return values;
}

/**
 * Returns the values that a training starts with: the stored ones, and zeros for parameters without any.
 *
 * @throws NnUNetError 'bad-weights' for those of another optimiser, 'bad-optimizer'
 */
export function startingMomenta(
  description: NetworkDescription,
  optimizer: Optimizer,
  stored: Parameters = new Map(),
): Parameters {
  const shapes = momentumShapes(description, optimizer);
  const momenta: Parameters = new Map(
    shapes.map(({ name, shape }) => [name, { data: new Float32Array(sizeOf(shape)), shape }]),
  );
  // Values of a parameter that only has some of them belong to another optimiser.
  const common = stored.size > 0 ? Object.keys(commonShapes(optimizer)) : [];
  const begun = keptValues(description, optimizer).filter((values) =>
    values.some(({ name }) => stored.has(name) || common.includes(name)),
  );
  const missing = begun.flat().find(({ name }) => !stored.has(name));
  const foreign = [...stored.keys()].find((name) => !momenta.has(name));
  if (missing === undefined && foreign === undefined) return new Map([...momenta, ...stored]);
  throw new NnUNetError('bad-weights', {
    what: `the stored state is not that of the optimiser ${optimizer.name}: it has ${missing ? `no ${missing.name}` : foreign}`,
    remedy:
      'Continue with the optimiser that the training began with, or start a new training from its weights (`pretrainedWeights`).',
  });
}
