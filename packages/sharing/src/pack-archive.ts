import { statSync } from 'node:fs';
import type { Reporter } from '@nnunet/pipeline';
import { type ArchiveSource, writeArchive } from './write-archive.ts';

/** Like {@link writeArchive}, and reports how much is written of what goes into it. */
export async function packArchive(
  path: string,
  sources: readonly ArchiveSource[],
  { reporter, signal }: { reporter: Reporter; signal?: AbortSignal | undefined },
): Promise<void> {
  const total = sources.reduce((sum, source) => sum + ('file' in source ? statSync(source.file).size : 0), 0);
  const megabytes = Math.ceil(total / 1e6);
  const progress = (done: number) => reporter.progress({ what: 'packing (MB)', done, total: megabytes });
  // The archive is smaller than the files that go into it.
  const onProgress = (bytes: number) => progress(Math.min(Math.floor(bytes / 1e6), megabytes - 1));
  await writeArchive(path, sources, { signal, onProgress });
  progress(megabytes);
}
