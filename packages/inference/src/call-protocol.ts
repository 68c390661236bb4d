import type { PortableError } from '@nnunet/errors/internal';

/** What a page says to its worker. Calls are numbered; 'cancel' is about an earlier one. */
export type Call<Request> = { call: number } & (Request | { kind: 'cancel' });

/** What a worker says to its page about a call. */
export type Answer<Progress> = { call: number } & (
  | { kind: 'progress'; progress: Progress }
  | { kind: 'result'; result: unknown }
  | { kind: 'error'; error: PortableError }
);
