import type { Transferable } from 'node:worker_threads';
import type { Preprocessors } from '@nnunet/preprocess';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { PreparedInput } from '../prepare-input.ts';
import type { FinishedPlanes } from '../tiled-planes.ts';
import { type BeginRequest, CaseDesk, type CaseRequest, type PrepareRequest } from './case-desk.ts';
import { Slots } from './slots.ts';

/** Takes the scores of a case and writes it. */
export interface ResultSink {
  /** The array is the caller's again once the promise is settled. */
  push(planes: FinishedPlanes): Promise<void>;
  /** Writes the files. */
  finish(): Promise<void>;
  /** Must be called at the end, however it was reached. */
  release(): void;
}

export interface ThreadNumbers {
  /** Threads that prepare cases; 0: this one does. */
  preparing: number;
  /** Threads that write cases; 0: this one does. */
  writing: number;
}

/** Prepares and writes cases: in threads, which start when they are needed, or here. */
export class CaseThreads {
  readonly #preparing: Desks;
  readonly #writing: Desks;

  constructor(
    numbers: ThreadNumbers,
    private readonly signal: AbortSignal,
  ) {
    this.#preparing = new Desks(numbers.preparing);
    this.#writing = new Desks(numbers.writing);
  }

  /** @throws what reading and preparing throws */
  async prepare(request: Omit<PrepareRequest, 'plugins'>, preprocessors: Preprocessors): Promise<PreparedInput> {
    const desk = await this.#preparing.take();
    try {
      return await desk.prepare({ ...request, plugins: preprocessors.modules }, this.signal, preprocessors);
    } finally {
      this.#preparing.give(desk);
    }
  }

  /** Waits for a thread that is free to write. @throws NnUNetError 'memory-limit' */
  async begin(request: BeginRequest, id: string): Promise<ResultSink> {
    const desk = await this.#writing.take();
    const { signal } = this;
    try {
      await desk.ask(request, signal, id);
    } catch (error) {
      this.#writing.give(desk);
      throw error;
    }
    /** The planes given last are decided in the thread while the network goes on. */
    let last: Promise<unknown> = Promise.resolve();
    return {
      push: async ({ data, count }) => {
        await last;
        const sent = desk.threaded ? data.slice() : data;
        last = desk.ask({ kind: 'planes', data: sent, count }, signal, id, [sent.buffer as ArrayBuffer]);
        // Its failure is met at the next call.
        last.catch(() => undefined);
        if (!desk.threaded) await last;
      },
      async finish() {
        await last;
        await desk.ask({ kind: 'finish' }, signal, id);
      },
      release: () => void last.catch(() => undefined).then(() => this.#writing.give(desk)),
    };
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all([this.#preparing.close(), this.#writing.close()]);
  }
}

/** Where requests are answered: a thread, or here. */
class Desk {
  readonly #thread: Thread | null;
  readonly #here = new CaseDesk();

  constructor(readonly threaded: boolean) {
    this.#thread = threaded ? new Thread(builtWorker(import.meta.url, 'case-worker')) : null;
  }

  get alive(): boolean {
    return this.#thread?.alive ?? true;
  }

  async prepare(request: PrepareRequest, signal: AbortSignal, preprocessors: Preprocessors): Promise<PreparedInput> {
    const prepared = this.#thread
      ? await this.#thread.call(request, { name: request.id, signal })
      : await this.#here.handle(request, preprocessors);
    return prepared as PreparedInput;
  }

  ask(request: CaseRequest, signal: AbortSignal, name: string, transfer: Transferable[] = []): Promise<unknown> {
    if (this.#thread === null) return this.#here.handle(request);
    return this.#thread.call(request, { name, signal, transfer });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }
}

/** A number of desks, each used by one case at a time. */
class Desks {
  readonly #idle: Desk[] = [];
  readonly #all = new Set<Desk>();
  readonly #slots: Slots;

  constructor(private readonly threads: number) {
    this.#slots = new Slots(Math.max(1, threads));
  }

  async take(): Promise<Desk> {
    await this.#slots.take();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    try {
      const desk = new Desk(this.threads > 0);
      this.#all.add(desk);
      return desk;
    } catch (error) {
      this.#slots.give();
      throw error;
    }
  }

  give(desk: Desk): void {
    if (desk.alive) this.#idle.push(desk);
    else this.#all.delete(desk);
    this.#slots.give();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((desk) => desk.close()));
  }
}
