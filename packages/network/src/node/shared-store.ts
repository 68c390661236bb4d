import { sizeOf } from '@nnunet/tensor';

/** Arrays by name that several threads see. */
export class SharedStore {
  private readonly arrays = new Map<string, Float32Array>();

  /** The array of a name; made of zeros where it does not exist yet. */
  array(name: string, shape: readonly number[]): Float32Array {
    const known = this.arrays.get(name);
    if (known !== undefined) return known;
    const made = new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * sizeOf(shape)));
    this.arrays.set(name, made);
    return made;
  }

  get(name: string): Float32Array | undefined {
    return this.arrays.get(name);
  }

  names(): string[] {
    return [...this.arrays.keys()];
  }
}
