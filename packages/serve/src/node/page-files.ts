import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PAGE_HTML } from './page-html.ts';
import { PAGE_STYLE } from './page-style.ts';

/** A file of the page, as it is answered. */
interface PageFile {
  content: string;
  headers: Readonly<Record<string, string>>;
}

/** The page loads nothing but its own files, talks to its own server only, and is shown in no other page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Returns the files of the page by their path. */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const place = import.meta.url.endsWith('.ts') ? '../../dist/browser/' : './browser/';
  const script = await readFile(fileURLToPath(new URL(`${place}page.js`, import.meta.url)), 'utf8');
  const file = (type: string, content: string): PageFile => ({
    content,
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    },
  });
  return new Map([
    ['/', file('text/html', PAGE_HTML)],
    ['/page.css', file('text/css', PAGE_STYLE)],
    ['/page.js', file('text/javascript', script)],
  ]);
}
