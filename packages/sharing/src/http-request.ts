import { NnUNetError } from '@nnunet/errors';

/** A failure that may pass if the request is repeated. */
export class PassingFailure extends Error {
  /** @param wait milliseconds that the server asks to wait */
  constructor(
    readonly failure: NnUNetError,
    readonly wait?: number,
  ) {
    super(failure.message);
  }
}

const CHECK = 'Check the address and the connection, and run the command again.';
/** Codes of errors that say that there is no such server, or that it does not want to talk. */
const FINAL = new Set(['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_INVALID_ARG']);

/** @throws NnUNetError 'download-failed' if the server cannot be reached; {@link PassingFailure} if it may be soon */
export async function sendRequest(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    const { cause } = error as { cause?: { code?: string } };
    const text = cause instanceof Error ? cause.message || cause.code : String(error);
    const failure = downloadFailed(url, `the server cannot be reached (${text})`, CHECK, error);
    const { code } = cause ?? {};
    const final =
      code === undefined || FINAL.has(code) || /^(ERR_TLS|CERT_|DEPTH_ZERO|UNABLE_TO)|SELF_SIGNED/.test(code);
    throw final ? failure : new PassingFailure(failure);
  }
}

/** Statuses in words. */
const STATUSES: Readonly<Record<number, string>> = {
  401: 'the server wants a login',
  403: 'the server refuses access',
  404: 'there is no such file',
  407: 'the proxy wants a login',
  410: 'the file is no longer there',
  429: 'the server had too many requests',
};
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Requires a reply with the file.
 *
 * @param remedies by status
 * @throws NnUNetError 'download-failed'; {@link PassingFailure} if the server may reply otherwise soon
 */
export async function requireSuccess(
  response: Response,
  url: string,
  remedies: Readonly<Record<number, string>> = {},
): Promise<void> {
  const { ok, status, statusText, headers } = response;
  if (ok && response.body !== null) return;
  await response.body?.cancel();
  const words = STATUSES[status] ?? 'the server cannot answer';
  const what = `${words}: it replied ${`${status} ${statusText}`.trim()}`;
  const failure = downloadFailed(url, what, remedies[status] ?? CHECK);
  if (!PASSING.has(status)) throw failure;
  throw new PassingFailure(failure, waitOf(headers.get('retry-after')));
}

/** Returns milliseconds, of a header that states seconds or a date. */
function waitOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

export function downloadFailed(where: string, what: string, remedy = CHECK, cause?: unknown): NnUNetError {
  return new NnUNetError('download-failed', { what, where, remedy, cause });
}
