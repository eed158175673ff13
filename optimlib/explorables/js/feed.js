// Feeding a series of numbers into traced code. No page, no drawing: tests run this file in a bare V8.

const NO_GRADIENT = [0];

/**
 * A moving average over `values`. code: a traced average, which takes a value where a rule takes its point.
 * Returns { out, letters }: what comes out after each value, and for each letter what it remembers then.
 * (A rule will be fed through its gradient instead: then `out` is the step it takes.)
 */
function feed(code, values, hyper) {
  const n = values.length, count = code.state.length;
  const z = new Float64Array(1 + count);
  code.start.forEach((value, i) => (z[1 + i] = value === "x" ? values[0] : value));
  const out = new Float64Array(n), letters = code.state.map(() => new Float64Array(n));
  for (let t = 1; t <= n; t++) {
    z[0] = values[t - 1];
    code.step(z, NO_GRADIENT, hyper, t);
    out[t - 1] = z[0];
    for (let i = 0; i < count; i++) letters[i][t - 1] = z[1 + i];
  }
  return { out, letters };
}

/**
 * The weights that the average at step t gives to values 1 … t, from the code itself: what an average remembers of a
 * single 1 is how much a value counts so many steps later; reading it at step t multiplies by one factor for all.
 */
function pastWeights(code, hyper, t) {
  const single = new Float64Array(t);
  single[0] = 1;
  const memory = feed(code, single, hyper).letters[0];
  const ones = feed(code, new Float64Array(t).fill(1), hyper);
  const reading = ones.out[t - 1] / ones.letters[0][t - 1];
  return memory.map((_, i) => memory[t - 1 - i] * reading);
}

/** The root mean square step of `smooth` beside that of `x`; NaN if x never moves. */
function roughnessOf(smooth, x) {
  let mine = 0, its = 0;
  for (let i = 1; i < x.length; i++) {
    mine += (smooth[i] - smooth[i - 1]) ** 2;
    its += (x[i] - x[i - 1]) ** 2;
  }
  return its > 0 ? Math.sqrt(mine / its) : NaN;
}

/** Which part of a series of n values a window around step `at` shows: steps from … to. All of it if window is 0. */
function windowAround(at, n, window) {
  if (!window || window >= n) return { from: 0, to: n };
  const to = Math.min(n, Math.max(window, at + Math.round(window / 4)));
  return { from: to - window, to };
}
