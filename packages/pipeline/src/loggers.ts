import type { Listeners } from '@nnunet/trainer';
import { shippedLoggers } from '@nnunet/trainer/node';

/**
 * Adds built-in loggers, by the names of `--log_to`, to the listeners of a training.
 * @throws NnUNetError 'unknown-listener'
 */
export function withLoggers(listeners: Listeners, names: readonly string[] = []): Listeners {
  return names.map((name) => shippedLoggers.get(name)).reduce((all, logger) => all.with(logger), listeners);
}
