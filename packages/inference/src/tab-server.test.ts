import { expect, it, vi } from 'vitest';
import type { Answer, Call } from './call-protocol.ts';
import type { CallContext } from './call-server.ts';
import type { PredictRequest, TabProgress, TabRequest } from './tab-protocol.ts';
import { tabServer } from './tab-server.ts';

vi.mock('./tab-model.ts', () => ({
  TabModel: {
    load: async (_: unknown, { onProgress }: CallContext<TabProgress>) => {
      onProgress({ what: 'loading', done: 1, total: 2 });
      return {
        facts: 'facts of the model'.split(' '),
        async predict({ id, probabilities }: PredictRequest, { signal }: CallContext<TabProgress>) {
          for (let turn = 0; turn < 3; turn++) {
            await new Promise((resolve) => setTimeout(resolve));
            signal.throwIfAborted();
          }
          if (id === 'bad') throw new Error('a bad case');
          const tensor = { data: new Float32Array(1), shape: [1] };
          return { labels: { data: Uint8Array.of(1) }, probabilities: probabilities ? tensor : null, notices: [] };
        },
      };
    },
  },
}));

it('answers one call at a time in their order, and stops those that are cancelled, before their turn too', async () => {
  const said: string[] = [];
  const server = tabServer((answer: Answer<TabProgress>, transfer) => {
    const what = answer.kind === 'error' ? answer.error.what : answer.kind;
    said.push(`${answer.call} ${what} ${transfer.length}`);
  });
  const call = (number: number, request: object) => server.receive({ call: number, ...request } as Call<TabRequest>);
  const predict = (id: string, probabilities = false) => ({ kind: 'predict', id, probabilities });
  const answered = [
    call(1, { kind: 'load' }),
    call(2, predict('good')),
    call(3, predict('bad')),
    call(4, predict('never begun')),
    call(5, predict('good', true)),
    call(4, { kind: 'cancel' }),
    call(99, { kind: 'cancel' }),
  ];
  await answered[1];
  await new Promise((resolve) => setTimeout(resolve));
  await call(3, { kind: 'cancel' });
  await Promise.all(answered);
  expect(said).toEqual([
    '1 progress 0',
    '1 result 0',
    '2 result 1',
    '3 This operation was aborted 0',
    '4 This operation was aborted 0',
    '5 result 2',
  ]);
  said.length = 0;
  await call(6, predict('bad'));
  expect(said).toEqual(['6 a bad case 0']);
});
