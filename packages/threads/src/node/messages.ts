import type { PortableError } from '@nnunet/errors/internal';

/** What a thread says: once that it can work, then one answer an item. */
export type ThreadMessage =
  | { kind: 'ready' }
  | { kind: 'result'; result: unknown }
  | { kind: 'error'; error: PortableError };
