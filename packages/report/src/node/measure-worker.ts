import { serveThread } from '@nnunet/threads/node';
import { measureCase } from './measure-cases.ts';

serveThread(measureCase);
