import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { nnUNetTrainerV2 } from './nnunet-trainer-v2.ts';
import { TrainerRegistry } from './trainer-registry.ts';

class SlowTrainer extends nnUNetTrainerV2 {
  override learningRate(): number {
    return 1e-3;
  }
}

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}

describe('TrainerRegistry', () => {
  it('finds built-in and own trainers by the names of their classes', () => {
    const registry = new TrainerRegistry(SlowTrainer);
    expect(registry.get('nnUNetTrainerV2')).toBe(nnUNetTrainerV2);
    expect(registry.get('SlowTrainer')).toBe(SlowTrainer);
    expect(registry.names()).toContain('nnUNetTrainerV2_noMirroring');
  });

  it('refuses a name that exists, and names the nearest trainers for one that does not', () => {
    const registry = new TrainerRegistry(SlowTrainer);
    expect(
      isNnUNetError(
        errorOf(() => registry.register(SlowTrainer)),
        'usage',
      ),
    ).toBe(true);
    expect(errorOf(() => registry.register(class extends nnUNetTrainerV2 {}))).toMatchObject({ tag: 'usage' });
    const error = errorOf(() => registry.get('nnUNetTrainerV3'));
    expect(isNnUNetError(error, 'unknown-trainer')).toBe(true);
    expect((error as Error).message).toMatch(/Did you mean nnUNetTrainerV2, \w+ or \w+\? There are 11\d in all/);
  });
});
