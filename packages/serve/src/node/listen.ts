import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NnUNetError } from '@nnunet/errors';

/**
 * Listens, and returns the address.
 *
 * @throws NnUNetError 'port-taken', 'no-access'
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`;
      const remedy = 'Choose another `port`, or another `host`.';
      const what =
        cause.code === 'EADDRINUSE' ? 'another program uses this port' : `cannot listen here: ${cause.message}`;
      reject(new NnUNetError(cause.code === 'EADDRINUSE' ? 'port-taken' : 'no-access', { what, where, remedy, cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = host.includes(':') ? `[${host}]` : host;
  return `http://${address}:${(server.address() as AddressInfo).port}`;
}
