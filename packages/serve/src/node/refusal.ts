import { type ErrorTag, isNnUNetError, NnUNetError } from '@nnunet/errors';

/** A request that is not served. */
export class Refusal extends NnUNetError {
  /**
   * @param status of HTTP, from 400
   * @param headers that belong to it
   */
  constructor(
    readonly status: number,
    { tag, ...details }: { tag: ErrorTag; what: string; where?: string; remedy: string },
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(tag, details);
  }
}

/** An error as clients read it. */
export interface ErrorAnswer {
  error: { tag: string; what: string; where: string | null; remedy: string | null };
}

/** Errors that are not due to the image. */
const STATUS: Partial<Record<ErrorTag, number>> = {
  'disk-full': 507,
  'memory-limit': 413,
  'out-of-memory': 500,
  'thread-ended': 500,
  'thread-not-started': 500,
  'no-access': 500,
  'missing-file': 500,
  'too-many-files': 500,
  'disk-error': 500,
  'missing-package': 501,
};

/** Returns the status of an error and what a client reads; nothing of the server's inside. */
export function answerTo(error: unknown): {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: ErrorAnswer;
} {
  if (!isNnUNetError(error)) {
    const remedy = 'The log of the server says why.';
    return {
      status: 500,
      headers: {},
      body: { error: { tag: 'failed', what: 'the prediction failed', where: null, remedy } },
    };
  }
  const { tag, what, where = null, remedy = null } = error;
  const { status, headers } = error instanceof Refusal ? error : { status: STATUS[tag] ?? 422, headers: {} };
  return { status, headers, body: { error: { tag, what, where, remedy } } };
}
