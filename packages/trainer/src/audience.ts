import { messageOf } from '@nnunet/errors/internal';
import {
  type ListenedTraining,
  type Listeners,
  type ListeningMethods,
  listenersOf,
  type TrainingEvents,
} from './training-listener.ts';

/** The listeners of one training. */
export class Audience {
  readonly #listeners = new Map<string, ListeningMethods>();
  readonly #failed = new Set<string>();
  readonly #training: ListenedTraining;
  readonly #report: (text: string) => Promise<void>;

  private constructor(training: ListenedTraining, report: (text: string) => Promise<void>) {
    this.#training = training;
    this.#report = report;
  }

  /** @param report says once of each listener that it has failed */
  static async gather(
    listeners: Listeners,
    training: ListenedTraining,
    report: (text: string) => Promise<void>,
  ): Promise<Audience> {
    const audience = new Audience(training, report);
    for (const name of listeners.names()) {
      const entry = listeners.get(name);
      await audience.#attempt(name, 'constructor', () => {
        audience.#listeners.set(name, typeof entry === 'function' ? new entry() : entry);
      });
    }
    return audience;
  }

  /** The listeners, with objects in place of classes. */
  get listeners(): Listeners {
    return listenersOf(this.#listeners);
  }

  /** Tells all listeners of an event, one after the other. */
  async tell<E extends keyof TrainingEvents>(event: E, what: TrainingEvents[E]): Promise<void> {
    for (const [name, methods] of this.#listeners) {
      // Each gets objects of its own, so that none can change the training.
      const own = { ...(event === 'failed' ? what : structuredClone(what)), ...structuredClone(this.#training) };
      await this.#attempt(name, event, () => methods[event]?.(own as never));
    }
  }

  async #attempt(name: string, method: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#failed.has(name)) return;
      this.#failed.add(name);
      await this.#report(`warning: the listener ${name} failed (${method}: ${messageOf(error)}); the training goes on`);
    }
  }
}
