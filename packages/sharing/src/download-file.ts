import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { fileError, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { downloadFailed, PassingFailure, requireSuccess, sendRequest } from './http-request.ts';
import type { WebSource } from './hugging-face.ts';

export interface DownloadFileOptions extends WebSource {
  /** Path of the file. Until the file is complete, `<file>.json` next to it records what it is a part of. */
  target: string;
  /** Maximum size in bytes. */
  maxBytes?: number;
  /** Milliseconds to wait before each further attempt after a failure that may pass. */
  retryDelays?: readonly number[];
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

export interface DownloadedFile {
  /** Hexadecimal, lower case. */
  sha256: string;
  /** ETag or Last-Modified, if the server sent one. */
  validator: string | null;
}

const RETRY_DELAYS = [1000, 2000, 4000, 8000, 16_000];
/** Longest wait that a server is granted, in milliseconds. */
const MAX_WAIT = 60_000;

/**
 * Downloads a file. Continues an interrupted download if the server still has the same file and supports it, and repeats
 * what failed for a reason that may pass.
 *
 * @throws NnUNetError 'download-failed' (the same call continues it), 'bad-checksum'
 */
export async function downloadFile(options: DownloadFileOptions): Promise<DownloadedFile> {
  const { url, target, sha256: expected } = options;
  let validator: string | null = null;
  if (new URL(url).protocol === 'file:') await copyFile(fileURLToPath(url), options);
  else validator = await repeatedly(() => fetchFile(options), options);
  await rm(`${target}.json`, { force: true });
  const sha256 = await sumOf(target);
  if (expected === undefined || sha256 === expected.toLowerCase()) return { sha256, validator };
  await rm(target);
  throw new NnUNetError('bad-checksum', {
    what: `the downloaded file has the SHA-256 ${sha256} instead of ${expected.toLowerCase()}`,
    where: url,
    remedy: 'Nothing was installed. Try again. If the error persists, this is not the intended file.',
  });
}

/** Repeats a request while its failures may pass. */
export async function repeatedly<T>(
  attempt: () => Promise<T>,
  { retryDelays = RETRY_DELAYS, signal, onMessage }: Pick<DownloadFileOptions, 'retryDelays' | 'signal' | 'onMessage'>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      const { failure, wait = 0 } = error;
      const delay = retryDelays[failures];
      if (delay === undefined || wait > MAX_WAIT) throw failure;
      const pause = Math.max(delay, wait);
      onMessage?.(
        `${failure.what}; trying again in ${Math.ceil(pause / 1000)} s (${failures + 1} of ${retryDelays.length})`,
      );
      await setTimeout(pause, undefined, { signal });
    }
  }
}

async function copyFile(file: string, { target, signal }: DownloadFileOptions): Promise<void> {
  try {
    const copy = await open(target, 'w');
    await pipeline(createReadStream(file), copy.createWriteStream(), { signal });
  } catch (error) {
    throw fileError(error, file);
  }
}

/** Returns the validator of what was downloaded. */
async function fetchFile(options: DownloadFileOptions): Promise<string | null> {
  const { url, target, maxBytes = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const part = await partOf(target, url);
  const headers: Record<string, string> = { ...options.headers, 'accept-encoding': 'identity' };
  if (part !== null) Object.assign(headers, { range: `bytes=${part.bytes}-`, 'if-range': part.validator });
  let response = await sendRequest(url, { headers, signal });
  if (response.status === 416) {
    // The partial file does not belong to the server's current file.
    await response.body?.cancel();
    delete headers.range;
    delete headers['if-range'];
    response = await sendRequest(url, { headers, signal });
  }
  await requireSuccess(response, url, { 401: LOGIN, 403: LOGIN });
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw downloadFailed(
      url,
      'the server sent a web page instead of a file',
      'Open the address in a browser: it may be a page with the link of the file, or want a login. Give the link of the file itself.',
    );
  }
  const start = response.status === 206 && startOf(response) === part?.bytes ? part!.bytes : 0;
  if (response.status === 206 && start === 0)
    throw downloadFailed(url, 'the server sent a different part of the file than requested');
  if (start > 0) options.onMessage?.(`continuing a download at ${bytesInWords(start)}`);
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : start + length;
  if (total !== undefined && total > maxBytes) throw tooLarge(url, maxBytes);
  const validator = strongValidator(response);
  await rm(`${target}.json`, { force: true });
  // What is kept of another file must be gone before the next record.
  if (start === 0) await rm(target, { force: true });
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
    if (isNnUNetError(known)) throw known;
    throw new PassingFailure(downloadFailed(url, `the connection broke after ${done} bytes`, CONTINUE, error));
  }
  if (total !== undefined && done !== total)
    throw new PassingFailure(downloadFailed(url, `the connection broke after ${done} of ${total} bytes`, CONTINUE));
  return validator;
}

const LOGIN = 'Download it in a browser, and install the file with nnUNet_install_pretrained_model_from_zip.';
const CONTINUE = 'Run the command again; it continues where it stopped if the server supports it.';

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

/** Returns the SHA-256 of a file, hexadecimal. */
export async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function tooLarge(url: string, maxBytes: number): NnUNetError {
  return downloadFailed(url, `the file is larger than ${bytesInWords(maxBytes)}, the maximum allowed`);
}
