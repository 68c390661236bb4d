import { type Compute, ParallelTrainingSession, TrainingSession } from '@nnunet/network/node';
import { engineOf, type StepStart, sessionOptions } from '../session-options.ts';
import type { TrainingEngine } from '../training-ports.ts';

export interface SessionEngineOptions extends StepStart {
  compute?: Compute;
}

/**
 * Builds a trainer's network, loss and optimiser as graphs of ONNX Runtime. A step with one session blocks this thread.
 */
export async function startSessionEngine(options: SessionEngineOptions): Promise<TrainingEngine> {
  const { sessions = 1, ...compute } = options.compute ?? {};
  const settings = { ...sessionOptions(options), ...compute };
  const session =
    sessions === 1
      ? await TrainingSession.create(settings)
      : await ParallelTrainingSession.create({ ...settings, sessions });
  return engineOf(session);
}

/** Waits for work that an engine is not used in yet; if it fails, the engine is disposed of. */
export async function orDispose<T>(engine: TrainingEngine, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}
