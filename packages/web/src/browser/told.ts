import { isNnUNetError } from '@nnunet/errors';

/** What went wrong, for those who use the page. */
export function told(error: unknown): string {
  if (!isNnUNetError(error)) return error instanceof Error ? error.message : String(error);
  const { what, where, remedy } = error;
  // Options of a function are none of the page's.
  const advice = (remedy ?? '').replaceAll(/ \(`\w+`\)/g, '');
  return [where === undefined ? what : `${where}: ${what}`, advice].filter(Boolean).join('\n');
}
