import { openPreparedCase, type PreparedCase } from '@nnunet/store';

interface Entry {
  opened: Promise<PreparedCase>;
  users: number;
}

/** Prepared cases by index; a few are kept open. */
export class OpenCases {
  readonly #folder: string;
  readonly #ids: readonly string[];
  readonly #limit: number;
  /** Least recently used first. */
  readonly #entries = new Map<number, Entry>();

  constructor(folder: string, ids: readonly string[], limit = 4) {
    this.#folder = folder;
    this.#ids = ids;
    this.#limit = limit;
  }

  /** Calls `work` with the open case, which may be closed afterwards. */
  async use<T>(index: number, work: (prepared: PreparedCase) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(index) ?? { opened: openPreparedCase(this.#folder, this.#ids[index]!), users: 0 };
    this.#entries.delete(index);
    this.#entries.set(index, entry);
    entry.users++;
    try {
      return await work(await entry.opened);
    } catch (cause) {
      await entry.opened.catch(() => this.#entries.delete(index));
      throw cause;
    } finally {
      entry.users--;
      await this.#closeSurplus();
    }
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { opened } of entries) await (await opened).close();
  }

  async #closeSurplus(): Promise<void> {
    for (const [index, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      if (entry.users > 0) continue;
      this.#entries.delete(index);
      await (await entry.opened).close();
    }
  }
}
