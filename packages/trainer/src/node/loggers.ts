import { Registry } from '@nnunet/errors';
import { type ListenerEntry, listenerKind } from '../training-listener.ts';
import { TensorBoardListener } from './tensorboard-listener.ts';

/** The built-in listeners that write a training down elsewhere, by the names of `--log_to`. */
export const shippedLoggers = new Registry<ListenerEntry, 'tensorboard'>(listenerKind, {
  tensorboard: TensorBoardListener,
});
