const TOLERANCE = 2;

/** Share of both surfaces that lies within 2 mm of the other one (Nikolov et al., 2018), each voxel counting alike. */
export const surfaceDice = {
  name: 'Surface Dice at 2 mm',
  // compared: label, counts (tp, fp, fn, tn), masks test and reference (z, y, x), shape, spacing in mm, distances
  score({ counts, distances }) {
    if (counts.tp + counts.fp + counts.fn === 0) return Number.NaN;
    if (distances === null) return counts.fp + counts.fn === 0 ? 1 : 0;
    const both = [...distances.testToReference, ...distances.referenceToTest];
    return both.filter((mm) => mm <= TOLERANCE).length / both.length;
  },
};
