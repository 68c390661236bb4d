const MOST_AXES = 16;

/** The attributes of a node in a file: each is read with the type that its operator needs. */
export class Fields {
  readonly #op: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(op: string, values: unknown) {
    this.#op = op;
    if (typeof values !== 'object' || values === null) throw this.#wrong('attributes');
    this.#values = values as Record<string, unknown>;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** A finite number. @throws TypeError, as all readers */
  number(key: string): number {
    const value = this.#own(key);
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong(key);
    return value;
  }

  numbers(key: string): number[] {
    const list = this.#own(key);
    if (!Array.isArray(list) || !list.every((n) => Number.isFinite(n))) throw this.#wrong(key);
    return list;
  }

  /** Integers from 0, one per axis. */
  axes(key: string): number[] {
    const list = this.numbers(key);
    if (list.length > MOST_AXES || !list.every((n) => Number.isSafeInteger(n) && n >= 0)) throw this.#wrong(key);
    return list;
  }

  text(key: string): string {
    const value = this.#own(key);
    if (typeof value !== 'string') throw this.#wrong(key);
    return value;
  }

  oneOf<T>(key: string, values: readonly T[]): T {
    const found = values.find((value) => value === this.#own(key));
    if (found === undefined) throw this.#wrong(key);
    return found;
  }

  #own(key: string): unknown {
    return this.has(key) ? this.#values[key] : undefined;
  }

  #wrong(key: string): TypeError {
    return new TypeError(`${this.#op} has invalid ${key}`);
  }
}
