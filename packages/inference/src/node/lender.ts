/** Lends each of several resources to one user at a time, in order of request. */
export class Lender<T> {
  readonly #idle: T[];
  readonly #waiting: ((thing: T) => void)[] = [];

  constructor(things: readonly T[]) {
    this.#idle = [...things];
  }

  async use<R>(work: (thing: T) => Promise<R>): Promise<R> {
    const thing = this.#idle.pop() ?? (await new Promise<T>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(thing);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(thing);
      else next(thing);
    }
  }
}
