import { type ArrayCase, arraySource } from '../patch-source.ts';
import { type OpenPatchSource, openPreparedSource, type PreparedSourceOptions } from './prepared-source.ts';

/** Where a thread finds its cases: plain data. Arrays over a SharedArrayBuffer are shared, others copied per thread. */
export type SourceDescription =
  | ({ kind: 'prepared' } & PreparedSourceOptions)
  | { kind: 'arrays'; cases: readonly ArrayCase[] };

export async function openSource(description: SourceDescription): Promise<OpenPatchSource> {
  if (description.kind === 'prepared') return openPreparedSource(description);
  return { ...arraySource(description.cases), close: async () => undefined };
}
