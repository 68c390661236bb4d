import { describe, expect, it } from 'vitest';
import { type CounterRandom, counterRandom } from './counter-random.ts';
import { philox } from './philox.ts';

it("computes Philox4x32-10's published vectors", () => {
  const block = (counter: number[], [key0, key1]: [number, number]) => {
    const out = new Uint32Array(4);
    philox(Uint32Array.from(counter), key0, key1, out);
    return [...out];
  };
  const ones = 0xffffffff;
  expect(block([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  expect(block([ones, ones, ones, ones], [ones, ones])).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
  const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  expect(block(pi, [0xa4093822, 0x299f31d0])).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

describe('counterRandom', () => {
  it('is a function of its key', () => {
    const draw = (...key: (number | string)[]) => {
      const random = counterRandom(...key);
      return Array.from({ length: 5 }, () => random.bits());
    };
    expect(draw(1, 2, 'noise')).toEqual(draw(1, 2, 'noise'));
    const keys = [
      [],
      [0],
      [-0],
      ['0'],
      [''],
      ['a', 'b'],
      ['ab'],
      ['ab', ''],
      ['a\0b'],
      [1, 2],
      [2, 1],
      [1, 2, 0],
      [12],
      [2 ** 32],
      [2 ** -1],
      [-1],
    ];
    const firsts = keys.map((key) => draw(...key).join());
    expect(new Set(firsts).size).toBe(keys.length - 1);
    expect(firsts[1]).toBe(firsts[2]);
    expect(() => counterRandom(Number.NaN)).toThrow(RangeError);
  });

  it('never changes, so that a run can be repeated later', () => {
    const random = counterRandom(12345, 3, 17, 1, 'rotation');
    expect([random.bits(), random.bits(), random.bits(), random.bits(), random.bits()]).toEqual([
      2905900905, 2076245263, 2168177867, 1366039192, 1304260914,
    ]);
    const fresh = () => counterRandom(12345, 3, 17, 1, 'rotation');
    const list = <T>(length: number, draw: (random: CounterRandom) => T) => {
      const stream = fresh();
      return Array.from({ length }, () => draw(stream));
    };
    expect(fresh().uniform()).toBe(0.6765827796117478);
    expect(fresh().uniformBetween(-2, 6)).toBe(3.4126622368939827);
    expect(list(8, (r) => r.integer(1000))).toEqual([905, 263, 867, 192, 914, 895, 966, 116]);
    expect(list(8, (r) => r.chance(0.4))).toEqual([false, false, true, false, false, true, false, false]);
    expect([...fresh().permutation(8)]).toEqual([3, 1, 2, 5, 7, 0, 4, 6]);
    for (const [i, v] of [0.5987680805308533, -0.09065111302673377, 0.009745280683276967].entries())
      expect(list(3, (r) => r.normal())[i]).toBeCloseTo(v, 14);
    for (const [i, v] of [3.0594964027404785, 1.900481104850769, 2.028909206390381].entries())
      expect(fresh().fillUniform(new Float32Array(3), -1, 5)[i]).toBeCloseTo(v, 6);
    expect(fresh().fillUniform(new Float32Array(1))[0]).toBeCloseTo(0.6765827536582947, 7);
    for (const [i, v] of [1.7963042259216309, -0.2719533443450928, 0.02923584170639515].entries())
      expect(fresh().fillNormal(new Float32Array(3), 3)[i]).toBeCloseTo(v, 7);
    // Beyond the last layer of the ziggurat.
    const tail = counterRandom('tail');
    const values = Array.from({ length: 11_683 }, () => tail.normal());
    for (const [i, v] of [
      [1492, -4.129345538864892],
      [3052, 4.0764059779637964],
      [11_682, -4.35730351595161],
    ] as const)
      expect(values[i]).toBeCloseTo(v, 12);
  });

  it('draws integers evenly, also if 2^32 is not a multiple', () => {
    const random = counterRandom('integers');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70000; i++) counts[random.integer(7)]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 10000) ** 2 / 10000, 0);
    expect(chiSquare).toBeLessThan(22.5); // 0.1 % of 6 degrees of freedom
    let high = 0;
    for (let i = 0; i < 3000; i++) if (random.integer(3 * 2 ** 30) >= 2 ** 31) high++;
    expect(Math.abs(high / 3000 - 1 / 3)).toBeLessThan(0.04);
    expect(random.integer(1)).toBe(0);
    for (const n of [0, -1, 1.5, 2 ** 33]) expect(() => random.integer(n)).toThrow(RangeError);
  });

  it('permutes without preference', () => {
    const random = counterRandom('order');
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const n of counts.values()) expect(Math.abs(n - 1000)).toBeLessThan(130);
  });

  it('draws uniform numbers', () => {
    const random = counterRandom(5);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 100000; i++) {
      const u = random.uniformBetween(-1, 3);
      if (u < -1 || u >= 3) throw new Error(`${u} is outside`);
      sum += u;
      squares += u * u;
    }
    // five standard errors
    expect(Math.abs(sum / 100000 - 1)).toBeLessThan(0.018);
    expect(Math.abs(squares / 100000 - 7 / 3)).toBeLessThan(0.041);
    const filled = random.fillUniform(new Float32Array(20000), 2, 4);
    expect(filled.every((u) => u >= 2 && u < 4)).toBe(true);
    expect(Math.abs(filled.reduce((a, b) => a + b) / 20000 - 3)).toBeLessThan(0.021);
    let hits = 0;
    for (let i = 0; i < 10000; i++) if (random.chance(0.15)) hits++;
    expect(Math.abs(hits - 1500)).toBeLessThan(150);
  });

  it('draws normal numbers: moments, shares, tail', () => {
    const n = 2_000_000;
    const values = counterRandom('normal').fillNormal(new Float32Array(n), 2);
    const bounds = [0, 0.5, 1, 2, 3, 3.7, 4.5];
    const above = [0.5, 0.308537539, 0.158655254, 0.022750132, 0.001349898, 1.07799733e-4, 3.39767312e-6];
    const counts = bounds.map(() => 0);
    const below = bounds.map(() => 0);
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = values[i]! / 2;
      for (let k = 0; k < bounds.length; k++) {
        if (x > bounds[k]!) counts[k]!++;
        else if (x < -bounds[k]!) below[k]!++;
      }
      for (let k = 0, power = x; k < 4; k++, power *= x) moments[k]! += power / n;
    }
    const error = 5 / Math.sqrt(n);
    expect(Math.abs(moments[0]!)).toBeLessThan(error);
    expect(Math.abs(moments[1]! - 1)).toBeLessThan(error * Math.SQRT2);
    expect(Math.abs(moments[2]!)).toBeLessThan(error * Math.sqrt(15));
    expect(Math.abs(moments[3]! - 3)).toBeLessThan(error * Math.sqrt(96));
    for (let k = 0; k < bounds.length; k++) {
      const expected = above[k]! * n;
      const allowed = 5 * Math.sqrt(expected);
      expect(Math.abs(counts[k]! - expected)).toBeLessThan(allowed);
      expect(Math.abs(below[k]! - expected)).toBeLessThan(allowed);
    }
  });
});
