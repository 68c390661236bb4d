import { serveThread } from '@nnunet/threads/node';
import { examineCase } from './examine-cases.ts';

serveThread(examineCase);
