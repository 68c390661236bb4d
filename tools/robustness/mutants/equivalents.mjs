import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changesOf } from './make-changes.mjs';

/**
 * Changes that alter nothing that can be seen, found by hand: `equivalent.json` names the file, the function, the lines
 * before and after, and the reason. Text, not line numbers, so that the list holds when lines move.
 */
export class Equivalents {
  #entries;
  #reasons;

  constructor(path = new URL('equivalent.json', import.meta.url)) {
    this.#entries = JSON.parse(readFileSync(path, 'utf8'));
    this.#reasons = new Map(this.#entries.map((entry) => [keyOf(entry), entry.reason]));
  }

  /** @param {import('./make-changes.mjs').Change} change @returns {string | undefined} */
  reasonOf(change) {
    return this.#reasons.get(keyOf(change));
  }

  /** Entries of the list that no change of the sources matches any more. @param {string} root of the repository */
  outdated(root) {
    return this.#entries.filter((entry) => {
      const path = join(root, entry.file);
      const changes = existsSync(path) ? changesOf(entry.file, readFileSync(path, 'utf8')) : [];
      return !changes.some((change) => keyOf(change) === keyOf(entry));
    });
  }
}

const keyOf = ({ file, inside, before, after }) => JSON.stringify([file, inside, before, after]);
