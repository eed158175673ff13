// The runs of a race: every chosen rule from the same start over the same ground.

/** compute(): the runs for the present state, in traces that are used again. arrived(): Python has answered. */
function raceField(app, arrived) {
  const kept = []; // traces by place in state.rules
  const looks = new WeakMap();
  const fromPython = new Map(); // key -> the latest run of a rule that only Python can run
  let asking = false, askAgain = false;

  function lookFor(entry) {
    if (!looks.has(entry)) looks.set(entry, lookOf(entry));
    return looks.get(entry);
  }

  function compute(mayAsk = true) {
    const { state, land } = app;
    const runs = [];
    let needsPython = false;
    state.rules.forEach((entry, i) => {
      if (!entry.on || !app.canRun(entry)) return;
      const rule = BOOK.rules[entry.key];
      if (entry.traced !== false && rule) {
        const hyper = hyperOverTime(rule, entry.hyper, state.curve, state.steps);
        kept[i] = run(rule, land.code, land.params, state.start, hyper, state.steps, null, kept[i]);
        runs.push({ entry, rule, trace: kept[i], ...lookFor(entry) });
      } else {
        needsPython = true;
        const trace = fromPython.get(entry.key);
        if (trace && trace.steps === state.steps) runs.push({ entry, rule: trace, trace, ...lookFor(entry) });
      }
    });
    if (needsPython && mayAsk) ask();
    return runs;
  }

  /** Python answers in its own time: one question is under way, and the latest state is asked next. */
  async function ask() {
    askAgain = asking;
    if (asking) return;
    asking = true;
    const { landscape, params, start, steps, curve } = app.state;
    const rules = app.state.rules.filter((entry) => entry.on && entry.traced === false);
    const answer = await app.host.call({ run: { landscape, params, start, rules, steps, curve } });
    asking = false;
    for (const [key, trace] of Object.entries((answer && answer.traces) || {})) fromPython.set(key, received(trace));
    if (askAgain) ask();
    arrived();
  }

  /** What went wrong in Python, in a learner's own rule: "mine failed: ZeroDivisionError: division by zero". */
  function failures() {
    const failed = app.state.rules.filter((entry) => entry.on && (fromPython.get(entry.key) || {}).error);
    return failed.map((entry) => `${lookFor(entry).label} failed: ${fromPython.get(entry.key).error}`);
  }

  return { compute, failures };
}

/** A run as Python sends it, in the form of `run`: letters behind the point, and NaN, which JSON lacks, was null. */
function received({ x = [], f = [], state = {}, stopped = -1, error }) {
  const numbers = (values) => Float64Array.from(values, (v) => (v === null ? NaN : v));
  const letters = Object.keys(state), columns = [numbers(x), ...letters.map((letter) => numbers(state[letter]))];
  const width = 2 * columns.length, z = new Float64Array(width * f.length);
  columns.forEach((column, i) => column.forEach((value, at) => (z[width * (at >> 1) + 2 * i + (at & 1)] = value)));
  return { x: columns[0], f: numbers(f), z, width, state: letters, stopped, steps: f.length - 1, error };
}
