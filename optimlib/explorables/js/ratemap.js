// Map: how fast a rule shrinks a quadratic, over the plane of learning rate and beta; and the run at one point.

const RATE_RULES = ["sgd", "momentum", "nesterov"];
const LR_RANGE = { min: 0.01, max: 5, scale: "log" };
const RUN_LENGTHS = [50, 100, 200, 500, 1000];
const ALONG_COLOR = "#5b6ad6", ACROSS_COLOR = "#d55e00";

define("map", rateMap);

function rateMap(root, config, host) {
  root.className = "opt opt-ratemap";
  let plane = null, chart = null, facts = null;
  const app = workbench(root, host, {
    traits: ["rule", "kappa", "lr", "beta", "steps", "goal", "bet", "answer", "view"],
    defaults: { rule: "momentum", kappa: 100, lr: 0.5, beta: 0.5, steps: 100 },
    tidy: (patch, state) => (hasBeta(patch.rule || state.rule) ? patch : { ...patch, beta: 0 }),
    compute: computeMap,
    layout: (one, width) => layoutMap(one, width, plane, chart),
    paint: (one) => {
      plane.placeHandle();
      chart.draw();
      facts.show(mapFacts(one));
      fill();
    },
    say: (one) => {
      plane.name();
      return mapWords(one);
    },
    names: { kappa: "κ", lr: "the learning rate", beta: "β", rule: "the choice of rule", optimum: "the way to the best point" },
    query: mapQuery, fromQuery: mapFromQuery, python: mapPython, moved: mapMoved,
  });
  app.judge = (goal) => judgeGoal(goal, [app.whole]);
  plane = ratePlane(app);
  chart = lineChart(app, "Loss in each direction against step");
  facts = factsRow();
  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const legend = el("p", { class: "opt-note" });
  const controls = mapControls(app), bet = betPanel(app), goal = goalPanel(app), copies = takeAlong(app);
  const pictures = el("div", { class: "opt-plots" }, plane.node, chart.node);
  const tools = el("div", { class: "opt-tools" }, el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: () => app.reset(), "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, goal.node, controls.node, pictures, legend, facts.node, words, tools, copies.node);

  /** Measures in slices while the page stays free; draws after each. */
  let filling = 0, drawnFor = null, drawnTheme = null;
  function fill() {
    if (drawnFor !== app.theory || drawnTheme !== app.theme || app.resized) {
      plane.drawTheory();
      drawnFor = app.theory;
      drawnTheme = app.theme;
      app.resized = false;
      plane.drawField();
      setText(legend, legendWords(app));
    }
    if (!filling && !app.field.done) filling = requestAnimationFrame(slice);
  }
  function slice() {
    filling = 0;
    if (app.field.work(SLICE)) plane.drawField();
    if (!app.field.done) filling = requestAnimationFrame(slice);
    else {
      app.apart = disagreement(app.field, BOOK.rules[app.state.rule], app.state.kappa);
      setText(legend, legendWords(app));
    }
  }

  const stop = app.start({ stage: pictures, words, bet, panels: [controls, bet, goal, planePanel(plane)] });
  return () => {
    cancelAnimationFrame(filling);
    stop();
  };
}

/** The plane as a panel: it is locked with the others, and drawn by the frame. */
function planePanel({ setLocked }) {
  return { keys: [], sync() {}, setLocked };
}

function layoutMap(app, width, plane, chart) {
  const side = width >= SIDE_BY_SIDE;
  const forPlane = side ? Math.min(500, Math.round(0.56 * width)) : Math.min(width, 520);
  const height = plane.resize(forPlane);
  chart.resize(side ? width - forPlane - 18 : width, side ? height + 38 : 260);
  app.resized = true;
}

function mapControls(app) {
  const choice = el("select", { class: "opt-landscape", "aria-label": "Rule", "data-control": "rule" });
  choice.append(...RATE_RULES.map((name) => el("option", { value: name, text: BOOK.meta.rules[name].label })));
  choice.addEventListener("change", () => app.change({ rule: choice.value }));
  let panel = null;
  const one = (control, range) => slider({
    label: range.label, name: range.name, range, control, change: (value, final) => app.change({ [control]: value }, { final, by: panel }),
  });
  const kappa = one("kappa", BOOK.meta.landscapes.ravine.params.kappa);
  const lr = one("lr", { ...LR_RANGE, label: "lr", name: "learning rate" }), beta = one("beta", { ...BETA_RANGE, label: "β", name: "beta" });
  const steps = el("select", { "aria-label": "Length of the run", "data-control": "steps", onchange: () => app.change({ steps: Number(steps.value) }) });
  const best = el("button", { text: "Go to the best point", "data-control": "optimum", onclick: () => app.change(roundedBest(app)) });
  const node = el("div", { class: "opt-head" }, el("label", { class: "opt-field" }, choice), el("div", { class: "opt-params" }, kappa.node), steps,
    el("div", { class: "opt-params opt-second" }, lr.node, beta.node, best));
  panel = {
    node, keys: ["rule", "kappa", "lr", "beta", "steps"],
    sync() {
      const { state } = app;
      choice.value = state.rule;
      kappa.set(state.kappa);
      lr.set(state.lr);
      beta.set(state.beta);
      beta.node.hidden = !hasBeta(state.rule);
      const lengths = [...new Set([...RUN_LENGTHS, state.steps])].sort((a, b) => a - b);
      if (steps.options.length !== lengths.length || !lengths.includes(Number(steps.value))) {
        steps.replaceChildren(...lengths.map((n) => el("option", { value: n, text: `${n} steps` })));
      }
      steps.value = state.steps;
    },
    setLocked() {
      const point = app.locked("point");
      choice.disabled = app.locked("rule");
      kappa.setLocked(app.locked("kappa"), app.invited("kappa"));
      lr.setLocked(point || app.locked("lr"), app.invited("lr"));
      beta.setLocked(point || app.locked("beta"), app.invited("beta"));
      best.disabled = point || ["optimum", "lr", "beta"].some(app.locked);
    },
  };
  return panel;
}

/** The best point in few digits. A little more beta costs a little; a little less can cost much: it is rounded up. */
function roundedBest({ best }) {
  const beta = best.beta < 1e-9 ? 0 : Math.ceil(1e4 * best.beta) / 1e4;
  return { lr: Number(best.lr.toPrecision(6)), beta: Number(Math.min(BETA_RANGE.max, beta).toFixed(4)) };
}

function computeMap(app, changed) {
  const { state } = app, rule = BOOK.rules[state.rule];
  if (changed.has("rule") || changed.has("kappa")) {
    app.theory = predictPlane(rule, state.kappa, app.moving ? MOVING_THEORY_CELLS : THEORY_CELLS);
    app.field = rateField(rule, state.kappa, ...FIELD_CELLS);
    app.apart = null;
    app.field.work(2); // so that the first picture is not empty
    app.best = bestPoint(rule, state.kappa, PLANE);
  }
  const hyper = rule.hyper.map((name) => state[name]);
  const [along, across] = stepMatrices(rule, hyper, state.kappa);
  app.point = { along, across, rate: Math.max(radiusOf(along), radiusOf(across)), measured: measuredRate(rule, hyper, state.kappa) };
  app.trace = run(rule, BOOK.landscapes.ravine, [state.kappa, 0], [Math.sqrt(2 * state.kappa), Math.SQRT2], () => hyper, state.steps, null, app.trace);
  const { x, f } = app.trace, n = f.length, steps = Float64Array.from({ length: n }, (_, t) => t);
  const lost = (i) => Float64Array.from({ length: n }, (_, t) => 0.5 * x[2 * t + i] ** 2 * [1 / state.kappa, 1][i]);
  app.lines = [
    { label: "across", color: ACROSS_COLOR, dash: [], x: steps, y: lost(1) },
    { label: "along", color: ALONG_COLOR, dash: [], x: steps, y: lost(0) },
  ];
  app.whole = { label: "the loss", trace: { f } };
  app.axes = { x: { name: "step", log: false, low: 0, high: state.steps }, y: lossAxis(app.lines) };
}

/** From the highest loss, at most a thousand times the first, down to the lowest, at most sixteen decades. */
function lossAxis(lines) {
  let low = 1, high = 1;
  for (const { y } of lines) {
    for (const v of y) {
      if (v > high) high = v;
      if (v > 0 && v < low) low = v;
    }
  }
  return { name: "loss in each direction", log: true, low: 10 ** Math.floor(Math.log10(Math.max(1e-16, Math.min(low, 0.1)))), high: 10 ** Math.ceil(Math.log10(Math.min(high, 1e3))) };
}

function mapFacts({ point, best, state }) {
  const [rate, seen] = [point.rate, point.measured];
  return [
    ["shrinks per step by", rate < 1 ? `× ${rate.toFixed(4)}` : `× ${short(rate, 4)}`, "Predicted: the larger eigenvalue of one step"],
    ["measured", seen < 1e-12 ? "at once" : `× ${seen < 1 ? seen.toFixed(4) : short(seen, 4)}`, "From running the rule"],
    ["steps to a tenth", rate < 1 ? short(stepsPerDigit(rate), 3) : "never", "Steps until the distance to the minimum is a tenth"],
    ["best possible", `× ${best.rate.toFixed(4)}`, "The best factor per step, at the cross"],
    ["best point", hasBeta(state.rule) ? `lr ${short(best.lr, 3)}, β ${short(best.beta, 3)}` : `lr ${short(best.lr, 3)}`, "The cross"],
  ];
}

const MANNERS = {
  ripples: "ripples (underdamped)", creeps: "creeps (overdamped)", zigzags: "jumps from side to side", diverges: "diverges",
};

function mapWords({ state, point, best }) {
  const rule = BOOK.meta.rules[state.rule].label;
  const at = `${rule[0].toUpperCase()}${rule.slice(1)}, condition number ${plain(state.kappa)}, lr ${plain(state.lr)}${hasBeta(state.rule) ? `, β ${plain(state.beta)}` : ""}.`;
  const how = `Across the valley it ${MANNERS[manner(point.across)]}, along it ${MANNERS[manner(point.along)]}.`;
  if (point.rate >= 1) return `${at} ${how} Nothing converges here.`;
  const ratio = stepsPerDigit(point.rate) / stepsPerDigit(best.rate);
  const compared = ratio < 1.01 ? "This is the best there is." : `The best point needs ${short(ratio)} times fewer.`;
  return `${at} ${how} A tenth of the distance takes ${short(stepsPerDigit(point.rate), 3)} steps. ${compared}`;
}

function legendWords({ apart, field, state }) {
  const alike = hasBeta(state.rule) ? "" : " It has no β: all heights are alike.";
  const first = `Color: measured, ${field.across} by ${field.down} runs. Lines and numbers: predicted steps to a tenth of the distance.${alike}`;
  return apart === null || apart === undefined ? first : `${first} In half of the runs they agree to within ${apart < 1e-4 ? "0.01%" : percent(apart)}.`;
}

function mapMoved(control, before, { state }) {
  const range = { kappa: BOOK.meta.landscapes.ravine.params.kappa, lr: LR_RANGE, beta: BETA_RANGE };
  const far = (name) => {
    const scale = sliderScale(range[name]);
    return Math.abs(scale.position(state[name]) - scale.position(before[name])) >= (TURN / 2) * (scale.max - scale.min);
  };
  if (control === "point" || control === "optimum") return far("lr") || far("beta");
  return control in range ? far(control) : state[control] !== before[control];
}

// --- the state in a link: r=momentum&k=100&lr=0.5&b=0.5&n=100 ---------------------------------------------------------

function mapQuery({ rule, kappa, lr, beta, steps }) {
  return String(new URLSearchParams({ r: rule, k: plain(kappa), lr: plain(lr), b: plain(beta), n: steps }));
}

function mapFromQuery(given, state) {
  const patch = {};
  const number = (key, name, low, high) => {
    const value = Number(given[key]);
    if (given[key] && value >= low && value <= high) patch[name] = value;
  };
  if (RATE_RULES.includes(given.r)) patch.rule = given.r;
  number("k", "kappa", 1, 1000);
  number("lr", "lr", LR_RANGE.min, LR_RANGE.max);
  number("b", "beta", BETA_RANGE.min, BETA_RANGE.max);
  number("n", "steps", 10, 1000);
  if (patch.steps) patch.steps = Math.round(patch.steps);
  return patch;
}

function mapPython({ state }) {
  const hyper = BOOK.rules[state.rule].hyper.map((name) => `${name}=${plain(state[name])}`).join(", ");
  return [
    "from optimlib import descend, landscapes, rules", "",
    `land = landscapes.ravine.at(kappa=${plain(state.kappa)}, angle=0)  # curvature 1/kappa along x, 1 along y`,
    `start = (${plain(2 * state.kappa)} ** 0.5, 2**0.5)  # each direction begins at loss 1`,
    `trace = descend(rules.${state.rule}(${hyper}), land, start, steps=${state.steps})`,
    `losses = 0.5 * trace.x**2 * (1 / ${plain(state.kappa)}, 1)  # along, across`, "",
  ].join("\n");
}
