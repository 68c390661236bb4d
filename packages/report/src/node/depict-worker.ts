import { serveThread } from '@nnunet/threads/node';
import { depictCase } from './depict-cases.ts';

serveThread(depictCase);
