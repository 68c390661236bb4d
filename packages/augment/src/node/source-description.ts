import { type ArrayCase, arraySource } from '../patch-source.ts';
import { type OpenPatchSource, openPreparedSource, type PreparedSourceOptions } from './prepared-source.ts';

/**
 * Tells a thread where to find its cases, as plain data. Arrays backed by a SharedArrayBuffer are shared, others copied
 * to each thread.
 */
export type SourceDescription =
  | ({ kind: 'prepared' } & PreparedSourceOptions)
  | { kind: 'arrays'; cases: readonly ArrayCase[] };

export async function openSource(description: SourceDescription): Promise<OpenPatchSource> {
  if (description.kind === 'prepared') return openPreparedSource(description);
  return { ...arraySource(description.cases), close: async () => undefined };
}
