import { serveThread } from '@nnunet/threads/node';
import { mergeCase } from './merge-case.ts';

serveThread(mergeCase);
