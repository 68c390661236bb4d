import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';

/** Names of this machine for itself. */
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** Whether only this machine reaches a server that listens on a host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.toLowerCase());
}

/** Returns the address that a request asks for, on a made-up host. The path has no steps upwards. */
export function requestedAddress({ url = '/' }: IncomingMessage): URL {
  // What begins with two slashes would name a host.
  return new URL(url.replace(/^[/\\]+/, '/'), 'http://service');
}

/**
 * Refuses requests that other web sites make from a user's browser: with the origin of another page, or, on a server
 * for this machine alone, under a name that another site gave this machine.
 *
 * @param host on which the server listens
 * @throws Refusal 'foreign-request'
 */
export function requireOwnRequest({ headers }: IncomingMessage, host: string): void {
  const foreign = (what: string) =>
    new Refusal(403, { tag: 'foreign-request', what, remedy: 'Open the address that the server printed.' });
  const name = (headers.host ?? '').replace(/:\d+$/, '');
  if (isLoopback(host) && !isLoopback(name)) throw foreign('this server answers its own machine only');
  // Browsers say where a request comes from; what they mean is their user's address, also behind a proxy.
  const site = headers['sec-fetch-site'];
  const own =
    site === undefined
      ? headers.origin === undefined || headers.origin.replace(/^https?:\/\//, '') === headers.host
      : site === 'same-origin' || site === 'none';
  if (!own) throw foreign('the request comes from a page of another site');
}
