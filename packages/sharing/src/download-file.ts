import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { fileError, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ModelSource } from './catalogued-model.ts';

export interface DownloadFileOptions extends ModelSource {
  /** Path of the file. Until the file is complete, `<file>.json` next to it records what it is a part of. */
  target: string;
  /** Maximum size in bytes. */
  maxBytes?: number;
  signal?: AbortSignal;
  /** Bytes received and, if the server reports it, the total. */
  onProgress?: (done: number, total: number | undefined) => void;
  /** Receives messages worth printing. */
  onMessage?: (text: string) => void;
}

/** The download that a partial file belongs to. */
interface PartOf {
  url: string;
  /** ETag or Last-Modified: a download can only be continued if the file is still the same. */
  validator: string;
}

/**
 * Downloads a file. Continues an interrupted download if the server still has the same file and supports it.
 *
 * @throws the errors of {@link checkSource}; NnUNetError 'download-failed' (the same call continues it),
 * 'bad-checksum'
 */
export async function downloadFile(options: DownloadFileOptions): Promise<void> {
  const { url, target, sha256 } = options;
  checkSource(options);
  if (new URL(url).protocol === 'file:') await copyFile(fileURLToPath(url), options);
  else await fetchFile(options);
  if (sha256 !== undefined) await checkSum(target, sha256, url);
  await rm(`${target}.json`, { force: true });
}

/** @throws NnUNetError 'usage' for an unsupported URL scheme, or a checksum that is not one */
export function checkSource({ url, sha256 }: ModelSource): void {
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256))
    throw usageError({
      what: `"${sha256}" is not a SHA-256`,
      where: '`sha256`',
      remedy: 'It has 64 hexadecimal digits (sha256sum FILE).',
    });
  if (!URL.canParse(url) || !['file:', 'http:', 'https:'].includes(new URL(url).protocol))
    throw usageError({
      what: `"${url}" is not a URL to download from`,
      remedy: 'It must start with https, http or file.',
    });
}

async function copyFile(file: string, { target, signal }: DownloadFileOptions): Promise<void> {
  try {
    const copy = await open(target, 'w');
    await pipeline(createReadStream(file), copy.createWriteStream(), { signal });
  } catch (error) {
    throw fileError(error, file);
  }
}

async function fetchFile(options: DownloadFileOptions): Promise<void> {
  const { url, target, maxBytes = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const part = await partOf(target, url);
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (part !== null) Object.assign(headers, { range: `bytes=${part.bytes}-`, 'if-range': part.validator });
  let response = await request(url, { headers, signal });
  if (response.status === 416) {
    // The partial file does not belong to the server's current file.
    await response.body?.cancel();
    delete headers.range;
    delete headers['if-range'];
    response = await request(url, { headers, signal });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw failed(url, `the server replied ${response.status} ${response.statusText}`.trim());
  }
  const start = response.status === 206 && startOf(response) === part?.bytes ? part!.bytes : 0;
  if (response.status === 206 && start === 0)
    throw failed(url, 'the server sent a different part of the file than requested');
  if (start > 0) options.onMessage?.(`continuing a download at ${bytesInWords(start)}`);
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : start + length;
  if (total !== undefined && total > maxBytes) throw tooLarge(url, maxBytes);
  const validator = strongValidator(response);
  await rm(`${target}.json`, { force: true });
  let done = start;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      done += chunk.length;
      if (done > maxBytes) throw tooLarge(url, maxBytes);
      yield chunk;
      onProgress?.(done, total);
    }
  };
  if (validator !== null) await writeFileAtomic(`${target}.json`, JSON.stringify({ url, validator } satisfies PartOf));
  try {
    // Opened before the first byte arrives: a stream that fails must not create the file after this call has ended.
    const file = await open(target, start > 0 ? 'r+' : 'w');
    await pipeline(Readable.fromWeb(response.body as never), counted, file.createWriteStream({ start }), { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const known = fileError(error, target);
    throw isNnUNetError(known) ? known : failed(url, `the connection broke after ${done} bytes`, error);
  }
  if (total !== undefined && done !== total) throw failed(url, `the connection broke after ${done} of ${total} bytes`);
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    const cause = (error as { cause?: unknown }).cause;
    throw failed(
      url,
      `the server cannot be reached (${cause instanceof Error ? cause.message : String(error)})`,
      error,
    );
  }
}

/** Returns what an earlier call downloaded of this file. */
async function partOf(target: string, url: string): Promise<{ bytes: number; validator: string } | null> {
  try {
    const { url: of, validator } = JSON.parse(await readFile(`${target}.json`, 'utf8')) as Partial<PartOf>;
    const { size: bytes } = await stat(target);
    return of === url && typeof validator === 'string' && bytes > 0 ? { bytes, validator } : null;
  } catch {
    return null;
  }
}

/** Returns the position of a partial response's first byte. */
function startOf(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** A weak ETag does not guarantee identical bytes. */
function strongValidator({ headers }: Response): string | null {
  const tag = headers.get('etag');
  return tag !== null && !tag.startsWith('W/') ? tag : headers.get('last-modified');
}

async function checkSum(file: string, expected: string, url: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === expected.toLowerCase()) return;
  await rm(file);
  await rm(`${file}.json`, { force: true });
  throw new NnUNetError('bad-checksum', {
    what: `the downloaded file has the SHA-256 ${found} instead of ${expected.toLowerCase()}`,
    where: url,
    remedy: 'Nothing was installed. Try again. If the error persists, this is not the intended file.',
  });
}

function tooLarge(url: string, maxBytes: number): NnUNetError {
  return failed(url, `the file is larger than ${bytesInWords(maxBytes)}, the maximum allowed`);
}

function failed(where: string, what: string, cause?: unknown): NnUNetError {
  return new NnUNetError('download-failed', {
    what,
    where,
    remedy:
      'Check the URL and the connection, and run the command again; it continues where it stopped if the server supports it.',
    cause,
  });
}
