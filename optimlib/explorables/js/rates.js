// How fast a rule shrinks a quadratic with curvatures 1/kappa (along the valley) and 1 (across): predicted from the
// eigenvalues of one step, and measured by running it. No page: tests run this file in a bare V8.

const MEASURED_FAR = 35; // runs are measured until they shrank or grew by e^35, about 15 digits,
const MEASURED_STEPS = 2500; // or for so many steps

/**
 * One step of a linear rule as a 2x2 matrix for each direction, from the traced code: the step applied to basis
 * vectors. Returns trace and determinant for along and across: [{tr, det}, {tr, det}].
 */
function stepMatrices(rule, hyper, kappa) {
  const curvature = [1 / kappa, 1], z = new Float64Array(2 + 2 * rule.state.length);
  z[0] = z[1] = 1;
  rule.step(z, curvature, hyper, 1);
  const first = [[z[0], z[2] || 0], [z[1], z[3] || 0]];
  if (!rule.state.length) return first.map(([a]) => ({ tr: a, det: 0 }));
  z.set([0, 0, 1, 1]);
  rule.step(z, [0, 0], hyper, 1);
  return [0, 1].map((i) => ({ tr: first[i][0] + z[2 + i], det: first[i][0] * z[2 + i] - first[i][1] * z[i] }));
}

/** The larger eigenvalue's size. */
function radiusOf({ tr, det }) {
  const split = (tr * tr) / 4 - det;
  return split < 0 ? Math.sqrt(det) : Math.abs(tr / 2) + Math.sqrt(split);
}

/** What a direction does: "diverges", "ripples" (complex eigenvalues), "zigzags" (a negative one leads), "creeps". */
function manner(matrix) {
  if (radiusOf(matrix) >= 1) return "diverges";
  if ((matrix.tr * matrix.tr) / 4 < matrix.det) return "ripples";
  return matrix.tr < 0 ? "zigzags" : "creeps";
}

/** The predicted factor per step of the distance to the minimum, in the long run: the worse of both directions. */
function predictedRate(rule, hyper, kappa) {
  return Math.max(...stepMatrices(rule, hyper, kappa).map(radiusOf));
}

/**
 * The same factor, measured: the rule runs, and a line is laid through the logarithm of the distance over the second
 * half of the run. Distance counts point and memory, so that a swing through zero does not look like arrival.
 */
function measuredRate(rule, hyper, kappa, kept = new Float64Array(MEASURED_STEPS + 1)) {
  const letters = rule.state.length, z = new Float64Array(2 + 2 * letters), g = [0, 0];
  const weight = letters ? hyper[0] * hyper[0] : 0; // lr times the memory is a length, too
  z[0] = z[1] = 1;
  let t = 0;
  for (; t <= MEASURED_STEPS; t++) {
    const size = z[0] * z[0] + z[1] * z[1] + (letters ? weight * (z[2] * z[2] + z[3] * z[3]) : 0);
    if (size === 0) return 0;
    const far = 0.5 * Math.log(size);
    kept[t] = far;
    if (!(far > -MEASURED_FAR && far < MEASURED_FAR)) break;
    g[0] = z[0] / kappa;
    g[1] = z[1];
    rule.step(z, g, hyper, t + 1);
  }
  return Math.exp(slope(kept, Math.min(t, MEASURED_STEPS)));
}

/** The slope of the least-squares line through the second half of values 0 … last. */
function slope(values, last) {
  const first = Math.floor(last / 2), n = last - first + 1, middle = (first + last) / 2;
  if (n < 2) return values[last];
  let along = 0;
  for (let t = first; t <= last; t++) along += (t - middle) * values[t];
  return (12 * along) / (n * (n * n - 1));
}

/** Steps to a tenth of the distance. */
function stepsPerDigit(rate) {
  return rate >= 1 ? Infinity : -Math.LN10 / Math.log(rate);
}

/**
 * The best lr and beta there are, by search: for each beta the best lr, and of those the best beta. Along either the
 * rate falls, then rises (it has sharp edges, on which methods that follow a slope get stuck).
 */
function bestPoint(rule, kappa, space) {
  const [[left, right], [bottom, top]] = space.box;
  const rateAt = (u, w) => predictedRate(rule, space.hyper(rule, u, w), kappa);
  const bestU = (w) => lowestBetween(left, right, (u) => rateAt(u, w));
  const w = rule.hyper.includes("beta") ? lowestBetween(bottom, top, (at) => rateAt(bestU(at), at)) : bottom;
  const u = bestU(w), [lr, beta] = space.values(u, w);
  return { lr, beta, rate: rateAt(u, w) };
}

/** Where between low and high a function that falls, then rises, is lowest: golden sections. */
function lowestBetween(low, high, f) {
  const share = (Math.sqrt(5) - 1) / 2;
  let a = high - share * (high - low), b = low + share * (high - low), fa = f(a), fb = f(b);
  for (let round = 0; round < 55; round++) {
    if (fa <= fb) {
      [high, b, fb] = [b, a, fa];
      a = high - share * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + share * (high - low);
      fb = f(b);
    }
  }
  return (low + high) / 2;
}

/** The plane: lr on a logarithmic axis, beta on one that spreads 0.9, 0.99, 0.999 evenly. */
const PLANE = {
  box: [[-2, Math.log10(5)], [0, 3]],
  place: ({ lr, beta }) => [Math.log10(lr), -Math.log10(1 - beta)],
  values: (u, w) => [10 ** u, 1 - 10 ** -w],
  hyper: (rule, u, w) => rule.hyper.map((name) => (name === "lr" ? 10 ** u : 1 - 10 ** -w)),
};

/**
 * Measured rates over the plane, coarse first: each pass halves the cells. work(ms) computes for about so long and
 * returns whether something is new; cell (i, j) counts from the left and from the top.
 */
function rateField(rule, kappa, across, down) {
  const [[left, right], [bottom, top]] = PLANE.box;
  const rates = new Float64Array(across * down).fill(NaN), kept = new Float64Array(MEASURED_STEPS + 1);
  let cell = 16, i = 0, j = 0;
  const field = { rates, across, down, done: false, work };

  function measure() {
    const u = left + ((i + 0.5) * (right - left)) / across, w = top - ((j + 0.5) * (top - bottom)) / down;
    const rate = measuredRate(rule, PLANE.hyper(rule, u, w), kappa, kept);
    for (let y = j; y < Math.min(down, j + cell); y++) rates.fill(rate, y * across + i, y * across + Math.min(across, i + cell));
  }

  function work(ms) {
    if (field.done) return false;
    const stop = Date.now() + ms;
    do {
      // Corners of coarser cells were measured in an earlier pass.
      if (cell === 16 || i % (2 * cell) || j % (2 * cell)) measure();
      i += cell;
      if (i >= across) [i, j] = [0, j + cell];
      if (j >= down) {
        if (cell === 1) field.done = true;
        [j, cell] = [0, cell / 2];
      }
    } while (!field.done && Date.now() < stop);
    return true;
  }
  return field;
}

/** How far measurement and prediction lie apart: the middle one of all cells' relative differences in steps per digit. */
function disagreement(field, rule, kappa) {
  const [[left, right], [bottom, top]] = PLANE.box, apart = [];
  for (let j = 0; j < field.down; j++) {
    for (let i = 0; i < field.across; i++) {
      const u = left + ((i + 0.5) * (right - left)) / field.across, w = top - ((j + 0.5) * (top - bottom)) / field.down;
      const said = Math.log(predictedRate(rule, PLANE.hyper(rule, u, w), kappa)), seen = Math.log(field.rates[j * field.across + i]);
      if (said < 0 && Number.isFinite(seen)) apart.push(Math.abs(seen / said - 1));
    }
  }
  return apart.sort((a, b) => a - b)[Math.floor(apart.length / 2)];
}
