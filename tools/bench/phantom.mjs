/** Small generator of random numbers in [0, 1) for made-up images (the mulberry32 recurrence). */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A smooth image with some noise, float32, (z, y, x), values about 0 to 250. */
export function smoothImage([nz, ny, nx], seed = 1) {
  const random = randomNumbers(seed);
  const wave = (n, periods) => Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * periods * i) / n));
  const [a, b, c] = [wave(nz, 3), wave(ny, 4), wave(nx, 5)];
  const data = new Float32Array(nz * ny * nx);
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) data[at] = 110 + 60 * a[z] * b[y] + 50 * c[x] + 20 * random();
  return data;
}

/** Centres of `classes` − 1 territories, in shares of the axes. */
function centresOf(classes, seed) {
  const random = randomNumbers(seed);
  return Array.from({ length: classes - 1 }, () => [0, 1, 2].map(() => 0.2 + 0.6 * random()));
}

/**
 * Squared distance (in shares of the axes) of a voxel to each centre, less for background outside a ball: the score of
 * each class, higher is better.
 */
function scoresAt(z, y, x, centres, scores) {
  const outside = (z - 0.5) ** 2 + (y - 0.5) ** 2 + (x - 0.5) ** 2;
  scores[0] = outside - 0.16;
  for (let c = 0; c < centres.length; c++) {
    const [cz, cy, cx] = centres[c];
    scores[c + 1] = 0.02 - ((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2);
  }
}

/** A label map, float32, (z, y, x): territories around random centres in a ball, background (0) around it. */
export function territories([nz, ny, nx], classes, seed = 2) {
  const centres = centresOf(classes, seed);
  const scores = new Float64Array(classes);
  const data = new Float32Array(nz * ny * nx);
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        scoresAt((z + 0.5) / nz, (y + 0.5) / ny, (x + 0.5) / nx, centres, scores);
        let best = 0;
        for (let c = 1; c < classes; c++) if (scores[c] > scores[best]) best = c;
        data[at] = best;
      }
  return data;
}

/** Probabilities, float32, (classes, z, y, x), as a network gives them: sure inside the territories, unsure at borders. */
export function softmaxOfTerritories([nz, ny, nx], classes, { seed = 2, noise = 0.4 } = {}) {
  const centres = centresOf(classes, seed);
  const random = randomNumbers(seed + 1);
  const scores = new Float64Array(classes);
  const voxels = nz * ny * nx;
  const data = new Float32Array(classes * voxels);
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        scoresAt((z + 0.5) / nz, (y + 0.5) / ny, (x + 0.5) / nx, centres, scores);
        let highest = Number.NEGATIVE_INFINITY;
        for (let c = 0; c < classes; c++) {
          scores[c] = 300 * scores[c] + noise * random();
          if (scores[c] > highest) highest = scores[c];
        }
        let sum = 0;
        for (let c = 0; c < classes; c++) sum += scores[c] = Math.exp(scores[c] - highest);
        for (let c = 0; c < classes; c++) data[c * voxels + at] = scores[c] / sum;
      }
  return data;
}

/**
 * A body in air as CT shows it, int16 Hounsfield units, (z, y, x): an elliptic trunk with fat, muscle, two lungs, a spine
 * and noise. Air is -1024 and without noise, as scanners clip it.
 */
export function bodyPhantom([nz, ny, nx], seed = 3) {
  const random = randomNumbers(seed);
  const data = new Int16Array(nz * ny * nx).fill(-1024);
  const ball = (z, y, x, [cz, cy, cx], [rz, ry, rx]) =>
    ((z - cz) / rz) ** 2 + ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2;
  for (let k = 0, at = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++, at++) {
        const [z, y, x] = [(k + 0.5) / nz, (j + 0.5) / ny, (i + 0.5) / nx];
        const trunk = ((y - 0.5) / 0.27) ** 2 + ((x - 0.5) / 0.4) ** 2;
        if (trunk > 1) continue;
        let value = trunk > 0.85 ? -100 : 50;
        if (
          ball(z, y, x, [0.65, 0.47, 0.3], [0.3, 0.18, 0.13]) < 1 ||
          ball(z, y, x, [0.65, 0.47, 0.7], [0.3, 0.18, 0.13]) < 1
        )
          value = -850;
        if (((y - 0.68) / 0.05) ** 2 + ((x - 0.5) / 0.04) ** 2 < 1) value = 400;
        data[at] = value + 60 * (random() - 0.5);
      }
  return data;
}
