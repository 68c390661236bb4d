/**
 * Whether Node's debugger was opened by SIGUSR1 before a listener stood, which takes Node some 50 ms from its start; it is
 * closed then. One that was asked for (--inspect, NODE_OPTIONS) stays open.
 */
export async function closeEarlyDebugger(): Promise<boolean> {
  const asked = process.execArgv.some((argument) => argument.startsWith('--inspect')) || process.env.NODE_OPTIONS;
  // Node may be built without it.
  const inspector = await import('node:inspector').catch(() => null);
  if (asked || inspector?.url() === undefined) return false;
  inspector.close();
  return true;
}
