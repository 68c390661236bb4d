import { mutate, seededNumbers } from '@nnunet/testing';

/** A damaged copy: anywhere for odd seeds, for even ones within the first `head` bytes, where a file says what it holds. */
export function damageBytes(bytes: Uint8Array, seed: number, head = bytes.length): Uint8Array {
  if (seed % 2 === 1 || head >= bytes.length) return mutate(bytes, seed);
  return Buffer.concat([mutate(bytes.subarray(0, head), seed), bytes.subarray(head)]);
}

/** What stands in place of a value, as JSON text (with v1's bare NaN). */
const WRONG = ['null', 'true', '-1', '0', '0.5', '3', '1e308', '9007199254740993', '-1e999', 'NaN', '""', '"x"'].concat(
  ['"../../x"', '"__proto__"', '[]', '{}', '[[]]', '[1,2,3]', '{"0":{}}', `${'['.repeat(5000)}${']'.repeat(5000)}`],
);

/** JSON text that still parses, with one to three of its values or keys wrong, missing or twice there. */
export function damageJson(text: string, seed: number): string {
  const random = seededNumbers(seed);
  const root: unknown = JSON.parse(text);
  const inserted: string[] = [];
  for (let change = 1 + random(3); change > 0; change--) {
    const places = placesIn(root);
    if (places.length === 0) break;
    const { owner, key } = places[random(places.length)]!;
    const kind = random(6);
    if (kind === 0 && Array.isArray(owner)) owner.splice(Number(key), 1);
    else if (kind === 0) delete owner[key];
    else if (kind === 1 && Array.isArray(owner)) owner.push(owner[Number(key)]);
    else if (kind === 1) owner[`${key}${random(3)}`] = owner[key];
    else if (kind === 2) owner[key] = places[random(places.length)]!.value;
    else owner[key] = `@${inserted.push(WRONG[random(WRONG.length)]!) - 1}@`;
    if (kind === 2 && isCyclic(root)) owner[key] = null;
  }
  return JSON.stringify(root).replace(/"@(\d+)@"/g, (_, index: string) => inserted[Number(index)]!);
}

interface Place {
  owner: Record<string, unknown>;
  key: string;
  value: unknown;
}

/** Every value of a JSON tree with what holds it. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner).flatMap((key) => [{ owner, key, value: owner[key] }, ...placesIn(owner[key])]);
}

function isCyclic(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}
