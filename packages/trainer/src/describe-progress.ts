import type { TrainingProgress } from './training-ports.ts';

/** 'epoch 3/12, iteration 12/25, 2.1 s each, 4 min left' */
export function describeProgress(progress: TrainingProgress): string {
  const { phase, epoch, epochs, iteration, iterations, secondsPerIteration, secondsLeft } = progress;
  const what = phase === 'training' ? 'iteration' : 'validation iteration';
  const each = `${secondsPerIteration.toFixed(secondsPerIteration < 0.1 ? 2 : 1)} s each`;
  return `epoch ${epoch + 1}/${epochs}, ${what} ${iteration}/${iterations}, ${each}, ${describeDuration(secondsLeft)} left`;
}

/** '40 s', '4 min', '3 h 20 min', '2 d 5 h' */
export function describeDuration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
