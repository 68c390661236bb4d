import { arch, availableParallelism, cpus, hostname, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { bytesInWords } from '@nnunet/errors/internal';
import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';

/**
 * Writes `debug.json`: the settings that a training was started with, and the machine; every value is a string, as in
 * v1.
 */
export async function writeDebugFile(folder: string, values: Record<string, unknown>): Promise<void> {
  const machine = {
    hostname: hostname(),
    platform: `${platform()} ${arch()}`,
    node: process.version,
    processors: `${availableParallelism()} of ${cpus()[0]?.model ?? 'unknown make'}`,
    memory: bytesInWords(totalmem()),
  };
  const entries = Object.entries({ ...machine, ...values }).map(([key, value]) => [key, textOf(value)]);
  await writeFileAtomic(join(folder, 'debug.json'), formatJson(Object.fromEntries(entries)));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
