import { outputShapes } from '@nnunet/network';
import { outputWeights } from '@nnunet/network/internal';
import { describe, expect, it } from 'vitest';
import { type Difference, differencesOf } from './differences.ts';
import { lossValue } from './loss-value.ts';
import { comparedTrainers, plansOf, table, trainerFor, v1Entry } from './v1-table.ts';

interface V1Loss {
  /** Of one output, on the arrays of the golden values. */
  loss_value?: number | null;
  loss: { weight_factors?: number[] } | null;
  /** Other places of the weights of the outputs, where the trainer computes the loss itself. */
  attributes: { ds_loss_weights?: number[] | null; loss_weights?: number[] };
}

/** v1's one-hot labels are float32 in two losses; the greatest of the voxels' losses are found by halving an interval. */
const toleranceOf = (name: string) => (name.includes('TopK') ? 1e-7 : /Focal|CEGDL/.test(name) ? 1e-8 : 1e-12);

describe.skipIf(table === undefined)("losses of v1's trainers (in ../shared/golden/trainers)", () => {
  it.each(comparedTrainers)('%s', async (name) => {
    const differences: Difference[] = [];
    const values = new Map<boolean, number>();
    for (const plans of plansOf(name)) {
      const { loss_value: v1Value, loss, attributes } = v1Entry(name, plans) as unknown as V1Loss;
      const trainer = trainerFor(name, plans);
      const network = trainer.network();
      const outputs = outputShapes(network, trainer.stagePlans.patch_size, 1).length;
      const v1Weights = loss?.weight_factors ?? attributes.ds_loss_weights ?? attributes.loss_weights;
      const weights = trainer.lossWeights() ?? outputWeights(network, outputs);
      // v1 has one more than there are outputs for a residual encoder
      differences.push(...differencesOf(v1Weights?.slice(0, outputs) ?? [1], weights, `${plans}.weights`));
      if (typeof v1Value !== 'number') continue;
      // of the plans it depends on the choice of the Dice alone
      const batchDice = trainer.batchDice();
      const own = values.get(batchDice) ?? (await lossValue(trainer.loss(0), trainer.regions() !== null));
      values.set(batchDice, own);
      differences.push(...differencesOf(v1Value, own, `${plans}.value`, toleranceOf(name)));
    }
    expect(differences).toEqual([]);
  });

  it('compares the value of every loss but those that v1 computes in parts', () => {
    const isMissing = (name: string) => typeof v1Entry(name, plansOf(name)[0]!).loss_value !== 'number';
    expect(comparedTrainers.filter(isMissing)).toEqual(['nnUNetTrainerV2_DDP', 'nnUNetTrainerV2_DP']);
  });
});
