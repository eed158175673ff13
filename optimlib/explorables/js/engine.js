// Running a rule down a landscape. No page, no drawing: tests run this file in a bare V8 and compare with numpy.

/**
 * One run of `steps` steps.
 *
 * rule, landscape: traced code. params: the landscape's parameters in its order. start: [x, y].
 * hyper(t): the rule's hyper-parameters at step t = 1, 2, …, in its order. noise: flat, two numbers a step, or null.
 * kept: an earlier result to overwrite, so that dragging makes no garbage.
 *
 * Returns { x, f, z, width, steps, stopped }: points (2 numbers a step), losses, the whole state z = [x, letters…]
 * (`width` numbers a step), and the step at which point or loss stopped being finite, else -1.
 * From that step on everything is NaN.
 */
function run(rule, landscape, params, start, hyper, steps, noise = null, kept = null) {
  const width = 2 * (1 + rule.state.length);
  const trace = kept && kept.width === width && kept.steps === steps ? kept : emptyTrace(width, steps);
  const { x, f, z } = trace;
  const now = startState(rule, start);
  const g = [0, 0];
  let shift = -1; // where in the noise this step reads
  const grad = (p, out) => {
    landscape.grad(p, params, out);
    if (shift >= 0) {
      out[0] += noise[shift];
      out[1] += noise[shift + 1];
    }
    return out;
  };

  trace.stopped = -1;
  for (let t = 0; t <= steps; t++) {
    if (t > 0) {
      if (noise) shift = 2 * (t - 1);
      grad(now, g);
      rule.step(now, g, hyper(t), t, grad);
    }
    const loss = landscape.f(now, params);
    if (!(Number.isFinite(loss) && Number.isFinite(now[0]) && Number.isFinite(now[1]))) {
      trace.stopped = t;
      x.fill(NaN, 2 * t);
      f.fill(NaN, t);
      z.fill(NaN, width * t);
      break;
    }
    x[2 * t] = now[0];
    x[2 * t + 1] = now[1];
    f[t] = loss;
    for (let i = 0, at = width * t; i < width; i++) z[at + i] = now[i];
  }
  return trace;
}

function emptyTrace(width, steps) {
  return {
    width, steps, stopped: -1,
    x: new Float64Array(2 * (steps + 1)),
    f: new Float64Array(steps + 1),
    z: new Float64Array(width * (steps + 1)),
  };
}

/** [x, letters…] before the first step: a letter starts at a number, or at "x". */
function startState(rule, start) {
  const z = new Float64Array(2 * (1 + rule.state.length));
  z[0] = start[0];
  z[1] = start[1];
  rule.start.forEach((value, i) => {
    z[2 + 2 * i] = value === "x" ? start[0] : value;
    z[3 + 2 * i] = value === "x" ? start[1] : value;
  });
  return z;
}

/** The factor on lr at step t of `steps`: the curve [[share of the run, factor], …] read at (t - 1) / (steps - 1). */
function curveAt(curve, t, steps) {
  const at = steps > 1 ? (t - 1) / (steps - 1) : 0;
  let i = 1;
  while (i < curve.length - 1 && at > curve[i][0]) i++;
  const [x0, y0] = curve[i - 1], [x1, y1] = curve[i];
  if (at <= x0 || x1 === x0) return y0;
  return at >= x1 ? y1 : y0 + ((at - x0) / (x1 - x0)) * (y1 - y0);
}

function isFlat(curve) {
  return curve.every(([, factor]) => factor === 1);
}

/** hyper(t) for `run`: the given values by name, lr times the curve. */
function hyperOverTime(rule, values, curve, steps) {
  const fixed = rule.hyper.map((name, i) => (values[name] === undefined ? rule.defaults[i] : values[name]));
  const at = rule.hyper.indexOf("lr");
  if (at < 0 || isFlat(curve)) return () => fixed;
  const lr = fixed[at];
  const now = fixed.slice();
  return (t) => {
    now[at] = lr * curveAt(curve, t, steps);
    return now;
  };
}

/** How a run stands at `step`: "lost" once it is not finite, "away" while its loss is far above all it started from. */
function standing({ f, stopped }, step) {
  if (stopped >= 0 && stopped <= step) return "lost";
  return f[step] > 1000 * Math.max(Math.abs(f[0]), 1e-3) ? "away" : "going";
}

/** A recorded minimum, followed to where the present parameters put it, by Newton's method. */
function settle(landscape, params, [x, y]) {
  const p = [x, y], g = [0, 0], H = [0, 0, 0, 0];
  for (let i = 0; i < 12; i++) {
    landscape.grad(p, params, g);
    landscape.hess(p, params, H);
    const det = H[0] * H[3] - H[1] * H[2];
    if (!(det > 0 && H[0] > 0)) return null; // no minimum here any more
    p[0] -= (H[3] * g[0] - H[1] * g[1]) / det;
    p[1] -= (H[0] * g[1] - H[2] * g[0]) / det;
  }
  return p;
}
