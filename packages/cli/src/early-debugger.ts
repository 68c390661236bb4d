/**
 * Closes Node's debugger if SIGUSR1 opened it before a signal listener was in place (about the first 50 ms), and returns
 * whether it did. A debugger that the user requested (--inspect, NODE_OPTIONS) stays open.
 */
export async function closeEarlyDebugger(): Promise<boolean> {
  const asked = process.execArgv.some((argument) => argument.startsWith('--inspect')) || process.env.NODE_OPTIONS;
  // Node may be built without it.
  const inspector = await import('node:inspector').catch(() => null);
  if (asked || inspector?.url() === undefined) return false;
  inspector.close();
  return true;
}
