import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { isLoopback, requireOwnRequest } from './own-requests.ts';

it.each([
  ['127.0.0.1', true],
  ['localhost', true],
  ['LocalHost', true],
  ['::1', true],
  ['[::1]', true],
  ['0.0.0.0', false],
  ['::', false],
  ['localhost.example', false],
])('knows whether only this machine reaches %s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it.each([
  ['127.0.0.1', { host: 'LOCALHOST:8080' }, true],
  ['127.0.0.1', { host: '[::1]:8080' }, true],
  ['127.0.0.1', { host: 'evil.example:8080' }, false],
  ['127.0.0.1', {}, false],
  ['0.0.0.0', { host: 'scanner.example:8080' }, true],
  ['0.0.0.0', { host: 'scanner.example:8080', origin: 'http://scanner.example:8080' }, true],
  ['0.0.0.0', { host: 'scanner.example:8080', origin: 'http://scanner.example:9090' }, false],
  ['0.0.0.0', { host: 'scanner.example:8080', origin: 'null' }, false],
])('on %s, takes a request with %j for its own: %s', (host, headers, own) => {
  const check = () => requireOwnRequest({ headers } as IncomingMessage, host);
  if (own) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ status: 403, tag: 'foreign-request' }));
});
