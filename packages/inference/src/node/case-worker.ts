import { serveThread } from '@nnunet/threads/node';
import { buffersOfInput, CaseDesk } from './case-desk.ts';

const desk = new CaseDesk();
serveThread((request: Parameters<CaseDesk['handle']>[0]) => desk.handle(request), buffersOfInput);
