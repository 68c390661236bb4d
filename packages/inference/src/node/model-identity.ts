import { createHash } from 'node:crypto';
import type { WeightMap } from '../checkpoint-format.ts';

/** Values hashed per tensor: enough to distinguish two trainings. Hashing all of them would take long. */
const NUMBERS = 16;

/** Identifies weights by a hash of some values of every tensor. */
export function identityOf(members: readonly WeightMap[]): string {
  const hash = createHash('sha256');
  for (const weights of members) {
    for (const [name, { data, shape }] of weights) {
      hash.update(`${name} ${shape.join('x')}\n`);
      hash.update(new Uint8Array(data.slice(0, NUMBERS).buffer));
    }
  }
  return hash.digest('hex');
}
