import { Audience } from '../audience.ts';
import { type ListenedTraining, type Listeners, shippedListeners, type TrainingEvents } from '../training-listener.ts';

/** Tells the listeners of a training, or those that only hear of its validation, of the scores. */
export async function tellValidated(
  validated: TrainingEvents['validated'],
  training: ListenedTraining,
  { listeners = shippedListeners, onLog }: { listeners?: Listeners | undefined; onLog?: (text: string) => void },
): Promise<void> {
  const audience = await Audience.gather(listeners, training, async (text) => onLog?.(text));
  await audience.tell('validated', validated);
}
