// A worker that goes wrong when it is told to. Threads run built files, so it takes the built package.
import { NnUNetError } from '../../errors/dist/index.js';
import { serveThread } from '../dist/node/index.js';

const never = new Promise(() => {});

/** Lists in lists. */
function nested(depth) {
  let list = [];
  for (let i = 0; i < depth; i++) list = [list];
  return list;
}

serveThread(
  async (item) => {
    if (item === 'exit') process.exit(3);
    if (item === 'late')
      setTimeout(() => {
        throw new Error('too late');
      }, 1);
    if (item === 'refused') throw new NnUNetError('bad-item', { what: 'is bad', where: item, remedy: 'Mend it.' });
    if (item === 'bug') throw new TypeError('a bug');
    if (item === 'heap') for (const all = []; ; ) all.push(new Array(1e6).fill(all.length));
    if (item === 'buffer') throw new RangeError('Array buffer allocation failed');
    if (item === 'nested') return nested(20_000);
    if (item === 'function') return () => 1;
    if (item === 'late' || item === 'forever') await never;
    if (item === 'slow') await new Promise((resolve) => setImmediate(resolve));
    if (item === 'spin') for (;;);
    if (item instanceof Float32Array) return item.map((x) => 2 * x);
    return `${item}!`;
  },
  (result) => (result instanceof Float32Array ? [result.buffer] : []),
);
