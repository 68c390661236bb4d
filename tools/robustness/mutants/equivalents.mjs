import { readFileSync } from 'node:fs';

/**
 * Changes that alter nothing that can be seen, found by hand: `equivalent.json` names the file, the function, the lines
 * before and after, and the reason. Text, not line numbers, so that the list holds when lines move.
 */
export class Equivalents {
  #reasons;

  constructor(path = new URL('equivalent.json', import.meta.url)) {
    const entries = JSON.parse(readFileSync(path, 'utf8'));
    this.#reasons = new Map(entries.map((entry) => [keyOf(entry), entry.reason]));
  }

  /** @param {import('./make-changes.mjs').Change} change @returns {string | undefined} */
  reasonOf(change) {
    return this.#reasons.get(keyOf(change));
  }
}

const keyOf = ({ file, inside, before, after }) => JSON.stringify([file, inside, before, after]);
