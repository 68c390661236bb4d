import { serveThread } from '@nnunet/threads/node';
import { mergeMembers } from './merge-members.ts';

serveThread(mergeMembers);
