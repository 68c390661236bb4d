import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** glibc gives each large tensor back to the system unless told not to; half of PyTorch's time where page faults are dear. */
const tuned = {
  MALLOC_MMAP_THRESHOLD_: '8589934592',
  MALLOC_TRIM_THRESHOLD_: '17179869184',
  MALLOC_TOP_PAD_: '268435456',
  OMP_WAIT_POLICY: 'PASSIVE',
};

/** PyTorch in a process of its own: `ask` sends a command and waits for its answer (torch_peer.py). */
export function startTorch(python) {
  const script = fileURLToPath(new URL('./torch_peer.py', import.meta.url));
  const child = spawn(python, [script], { env: { ...process.env, ...tuned }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the PyTorch process ended');
      return JSON.parse(value);
    },
    stop() {
      child.stdin.end();
    },
  };
}
