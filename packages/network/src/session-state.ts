import { checkShapesOf } from './inference-graph.ts';
import { names, type StateInput } from './network-graph.ts';
import { momentumShapes } from './optimizer-state.ts';
import { sgd } from './optimizers.ts';
import { type ParameterShape, type Parameters, parameterShapes } from './parameters.ts';
import { readFromDevice } from './read-from-device.ts';
import type { GraphSessionOptions, Runtime, RuntimeTensor } from './runtime.ts';
import type { StepOptions } from './training-step.ts';

const kinds: readonly StateInput[] = ['weights', 'momenta'];

/** Weights and momenta, in the order of PyTorch's state dict: read and replaced by each step. */
export class SessionState {
  readonly weights = new Map<string, RuntimeTensor>();
  readonly momenta = new Map<string, RuntimeTensor>();
  readonly #runtime: Runtime;
  readonly #shapes: Record<StateInput, ParameterShape[]>;

  /** @throws NnUNetError 'bad-weights' for those of another network or optimiser */
  constructor(runtime: Runtime, { description, optimizer = sgd }: StepOptions, start: Record<StateInput, Parameters>) {
    this.#runtime = runtime;
    this.#shapes = { weights: parameterShapes(description), momenta: momentumShapes(description, optimizer) };
    this.load(start);
  }

  /**
   * Replaces weights, or momenta, or both, by copies. @throws NnUNetError the constructor's errors, without changing
   * anything
   */
  load(parameters: Partial<Record<StateInput, Parameters>>): void {
    const given = kinds.flatMap((kind) => {
      const tensors = parameters[kind];
      return tensors === undefined ? [] : [{ kind, tensors }];
    });
    for (const { kind, tensors } of given) checkShapesOf(this.#shapes[kind], tensors);
    for (const { kind, tensors } of given) {
      for (const { name, shape } of this.#shapes[kind]) {
        this.#replace(kind, name, new this.#runtime.Tensor('float32', tensors.get(name)!.data.slice(), shape));
      }
    }
  }

  /** Replaces weights and momenta by the outputs of a graph. */
  advance(results: Readonly<Record<string, RuntimeTensor>>): void {
    for (const kind of kinds) {
      for (const name of this[kind].keys()) {
        const next = results[names.next[kind](name)];
        if (next !== undefined) this.#replace(kind, name, next);
      }
    }
  }

  /** Names of a step's outputs that replace it. */
  nextNames(): Set<string> {
    return new Set(kinds.flatMap((kind) => [...this[kind].keys()].map(names.next[kind])));
  }

  /** @param options of a session on the device that holds the values */
  async copy(kind: StateInput, options: GraphSessionOptions): Promise<Parameters> {
    const arrays = await readFromDevice(this.#runtime, this[kind], options);
    return new Map(
      [...this[kind]].map(([name, { dims }]) => [name, { data: arrays.get(name)!.slice(), shape: [...dims] }]),
    );
  }

  dispose(): void {
    for (const kind of kinds) {
      for (const value of this[kind].values()) free(value);
      this[kind].clear();
    }
  }

  #replace(kind: StateInput, name: string, value: RuntimeTensor): void {
    free(this[kind].get(name));
    this[kind].set(name, value);
  }
}

/** Releases device memory; the program's memory is garbage-collected. */
function free(value: RuntimeTensor | undefined): void {
  if (value?.location === 'gpu-buffer') value.dispose();
}
