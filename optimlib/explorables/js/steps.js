// Steps: momentum and Nesterov at the same point, after the same step. What does each do next?

const WALKERS = { momentum: "momentum", nesterov: "nesterov_lookahead" }; // who walks -> the rule whose lines are run
const MOST_STEPS = 60;
const KEPT_COLOR = "#56606b"; // what is kept of the last step
const STEP_RANGES = { lr: { min: 1e-4, max: 10, scale: "log" }, beta: { min: 0, max: 0.999, scale: "one-minus-log" } };

define("steps", singleSteps);

function singleSteps(root, config, host) {
  root.className = "opt opt-steps";
  let map = null, table = null;
  const app = workbench(root, host, {
    traits: ["landscape", "params", "start", "move", "lr", "beta", "follow", "step", "bet", "answer", "view"],
    defaults: { landscape: "ravine", params: {}, start: null, move: [0.6, -0.2], lr: 0.3, beta: 0.9, follow: "momentum", step: 0 },
    tidy: tidySteps,
    compute: (one, changed) => computeSteps(one, changed, () => layoutSteps(one, one.width, map)),
    layout: (one, width) => layoutSteps(one, width, map),
    paint(one) {
      if (one.groundDrawn !== one.theme) map.drawLand(one.moving);
      one.groundDrawn = one.theme;
      map.draw();
      map.placeHandles();
      table.show(one);
    },
    say: (one) => {
      map.name();
      return stepsWords(one);
    },
    query: stepsQuery, fromQuery: stepsFromQuery, python: stepsPython, moved: () => true,
  });
  map = stepsMap(app);
  table = stepsTable();
  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const head = landscapePanel(landscapeOf(app)), bet = betPanel(app), copies = takeAlong(app), controls = stepsControls(app);
  const stage = el("div", { class: "opt-plots" }, map.node, table.node);
  const tools = el("div", { class: "opt-tools" }, el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: () => app.reset(), "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, head.node, stage, controls.node, words, tools, copies.node);
  return app.start({ stage, words, bet, panels: [head, controls, bet] });
}

/** What the panel of landscapes has to know: here no race listens, but start, rate and last step follow. */
function landscapeOf(app) {
  return {
    get state() { return { ...app.state, rules: [] }; },
    locked: app.locked, invited: app.invited,
    change: ({ landscape, params, start }, how) => app.change(landscape ? newGround(landscape, params, start) : { params }, how),
  };
}

function newGround(landscape, params, start) {
  const meta = BOOK.meta.landscapes[landscape], [[left, right]] = meta.box;
  return { landscape, params, start, step: 0, lr: BOOK.meta.rules.momentum.rates[landscape], move: [Number((0.12 * (right - left)).toPrecision(2)), 0] };
}

function tidySteps(patch, state) {
  const tidied = { ...patch };
  if ("step" in patch) tidied.step = Math.min(MOST_STEPS, Math.max(0, patch.step));
  if ("start" in patch && !patch.start) tidied.start = BOOK.meta.landscapes[valueOr(patch.landscape, state.landscape)].start.slice();
  return tidied;
}

function layoutSteps(app, width, map) {
  const side = width >= SIDE_BY_SIDE;
  map.resize(side ? Math.min(520, Math.round(0.49 * width)) : width);
  app.width = width;
  app.groundDrawn = null;
}

function computeSteps(app, changed, relayout) {
  const { state } = app;
  if (changed.has("landscape") || changed.has("params")) {
    const before = app.land;
    app.land = landNow(state);
    app.groundDrawn = null;
    if (before && before.box !== app.land.box) relayout();
  }
  app.paths = Object.fromEntries(Object.keys(WALKERS).map((who) => [who, walk(who, state, app.land)]));
  const { x, v } = app.paths[state.follow];
  app.here = [x[x.length - 2], x[x.length - 1]];
  app.move = v;
  app.next = Object.fromEntries(Object.keys(WALKERS).map((who) => [who, nextStep(who, app.here, app.move, state, app.land)]));
  app.hidden = Boolean(state.bet) && !Number.isInteger(state.answer);
}

/** The rule's letters after the step `move`, behind the point: both walk against v, momentum's is in units of the gradient. */
function afterMove(who, point, move, lr) {
  const unit = who === "momentum" ? lr : 1;
  return Float64Array.of(point[0], point[1], -move[0] / unit, -move[1] / unit);
}

/** One step of the rule, in place on z; returns where it asked for the gradient, which we learn by being asked. */
function stepOnce(who, z, { lr, beta }, land) {
  const rule = BOOK.rules[WALKERS[who]], g = [0, 0];
  let at = null;
  const grad = (p, out) => {
    at = [p[0], p[1]];
    land.code.grad(p, land.params, out);
    return out;
  };
  grad(z, g);
  rule.step(z, g, rule.hyper.map((name) => ({ lr, beta })[name]), 1, grad);
  return at;
}

/** The walk from the start to the step shown, in the form of a trace, and its last step. */
function walk(who, state, land) {
  const n = state.step, x = new Float64Array(2 * (n + 1)), f = new Float64Array(n + 1);
  const z = afterMove(who, state.start, state.move, state.lr);
  let v = state.move.slice();
  for (let t = 0; t <= n; t++) {
    const [px, py] = [z[0], z[1]];
    if (t > 0) {
      stepOnce(who, z, state, land);
      v = [z[0] - px, z[1] - py];
    }
    x[2 * t] = z[0];
    x[2 * t + 1] = z[1];
    f[t] = land.code.f(z, land.params);
  }
  return { x, f, v, stopped: f.findIndex((value) => !Number.isFinite(value)) };
}

/** What the next step is made of: step = coast + push. */
function nextStep(who, here, move, state, land) {
  const z = afterMove(who, here, move, state.lr), at = stepOnce(who, z, state, land), g = [0, 0];
  land.code.grad(at, land.params, g);
  return {
    at, coast: move.map((v) => state.beta * v), push: g.map((v) => -state.lr * v),
    step: [z[0] - here[0], z[1] - here[1]], loss: land.code.f(z, land.params),
  };
}

function stepsControls(app) {
  const back = el("button", { text: "Back", "data-control": "back", onclick: () => app.change({ step: app.state.step - 1 }) });
  const next = el("button", { text: "Next step", class: "opt-play", "data-control": "next", onclick: () => app.change({ step: app.state.step + 1 }) });
  const now = el("span", { class: "opt-step" });
  const names = Object.keys(WALKERS).map((who) => BOOK.meta.rules[who].label);
  const follow = oneOf({ name: "walk on with", values: names, change: (label) => app.change({ follow: Object.keys(WALKERS)[names.indexOf(label)] }) });
  let panel = null;
  const one = (name, label) => slider({
    label, name: label, range: STEP_RANGES[name], control: name, change: (value, final) => app.change({ [name]: value }, { final, by: panel }),
  });
  const lr = one("lr", "lr"), beta = one("beta", "β");
  const node = el("div", { class: "opt-head opt-walk" }, el("div", { class: "opt-buttons" }, back, next, now), follow.node,
    el("div", { class: "opt-params opt-second" }, beta.node, lr.node));
  panel = {
    node, keys: ["lr", "beta", "follow", "step", "answer"],
    sync() {
      const { state } = app, waits = Boolean(state.bet) && !Number.isInteger(state.answer);
      lr.set(state.lr);
      beta.set(state.beta);
      follow.set(BOOK.meta.rules[state.follow].label);
      back.disabled = state.step === 0;
      next.disabled = waits || state.step >= MOST_STEPS;
      setText(now, `step ${state.step}`);
    },
  };
  return panel;
}

/** The same as the arrows, in numbers. */
function stepsTable() {
  const rows = [
    ["β · last step", { color: KEPT_COLOR, dash: [] }, (one) => pairOf(one.coast)],
    ["gradient taken at", null, (one) => pairOf(one.at)],
    ["− lr · gradient", { color: PUSH_COLOR, dash: [] }, (one) => pairOf(one.push)],
    ["new step", null, (one) => pairOf(one.step)],
    ["loss after it", null, (one) => short(one.loss, 3)],
  ];
  const names = Object.keys(WALKERS), cells = rows.map(() => names.map(() => el("td", {})));
  const heads = names.map((name) => el("td", {}, el("span", { class: "opt-state-title" }, swatch(lookOf({ name })), el("span", { text: lookOf({ name }).label }))));
  const body = rows.map(([text, look], i) => el("tr", {}, el("th", { scope: "row" }, el("span", { class: "opt-steps-row" }, look ? swatch(look) : null, el("span", { text }))), ...cells[i]));
  const node = el("div", { class: "opt-steps-table opt-scroll" },
    el("table", { class: "opt-state" }, el("thead", {}, el("tr", {}, el("td", {}), ...heads)), el("tbody", {}, ...body)));
  function show({ next, hidden }) {
    rows.forEach(([, , say], i) => names.forEach((name, j) => setText(cells[i][j], hidden && i > 0 ? "?" : say(next[name]))));
  }
  return { node, show };
}

function pairOf(pair) {
  return `(${pair.map((v) => (Number.isFinite(v) ? v.toFixed(2).replace(/^-(0\.0+)$/, "$1").replace("-", "−") : "–")).join(", ")})`;
}

function stepsWords({ state, land, here, move, next, hidden }) {
  const ground = `${land.meta.label}${settings(state, land)}.`;
  const who = BOOK.meta.rules[state.follow].label;
  const at = `${state.step ? `After ${state.step} ${state.step === 1 ? "step" : "steps"} of ${who} it stands` : "Both stand"} at ${pairOf(here)}, the last step was ${pairOf(move)}.`;
  if (!here.every(Number.isFinite)) return `${ground} ${who} has diverged.`;
  if (hidden) return `${ground} ${at} Place your bet, and the arrows appear.`;
  const { momentum, nesterov } = next, length = (pair) => short(Math.hypot(...pair), 2);
  return `${ground} ${at} Momentum takes the gradient there: a step of length ${length(momentum.step)}, to loss ${short(momentum.loss)}. Nesterov takes it at the look-ahead: length ${length(nesterov.step)}, to loss ${short(nesterov.loss)}.`;
}

// --- the state in a link: land=ravine&p=kappa:100&at=0,0&v=0.6,-0.2&f=momentum&lr=0.3&b=0.9&t=0 ------------------------

function stepsQuery({ landscape, params, start, move, follow, lr, beta, step }) {
  const at = start.map(plain).join(","), v = move.map(plain).join(",");
  return `land=${landscape}&p=${pairs(params)}&at=${at}&v=${v}&f=${follow}&lr=${plain(lr)}&b=${plain(beta)}&t=${step}`;
}

function stepsFromQuery(given, state) {
  const landscape = BOOK.landscapes[given.land] ? given.land : state.landscape;
  const patch = { landscape, params: { ...paramDefaults(landscape), ...known(numbers(given.p), BOOK.landscapes[landscape].params) } };
  const pair = (text) => (text || "").split(",").map(Number);
  for (const [key, name] of [["at", "start"], ["v", "move"]]) {
    const two = pair(given[key]);
    if (two.length === 2 && two.every(Number.isFinite)) patch[name] = two;
  }
  for (const [key, name] of [["lr", "lr"], ["b", "beta"]]) {
    const value = Number(given[key]), { min, max } = STEP_RANGES[name];
    if (given[key] && value >= min && value <= max) patch[name] = value;
  }
  if (WALKERS[given.f]) patch.follow = given.f;
  const step = Number(given.t);
  if (Number.isInteger(step) && step >= 0 && step <= MOST_STEPS) patch.step = step;
  return patch;
}

function stepsPython({ state }) {
  const rule = WALKERS[state.follow], looks = rule === "nesterov_lookahead";
  const vector = (pair) => `np.array([${pair.map(plain).join(", ")}])`;
  return [
    "import numpy as np", "", "from optimlib import landscapes, rules", "",
    `land = ${pythonLandscape(state)}`,
    `r = rules.${rule}(lr=${plain(state.lr)}, beta=${plain(state.beta)})`,
    `x, last = ${vector(state.start)}, ${vector(state.move)}`,
    `state = {"t": 0, "v": -last${looks ? "" : " / r.lr"}}`,
    `for _ in range(${state.step + 1}):`,
    `    state, x = r.step(state, x, ${looks ? "grad=land.gradient" : "land.gradient(x)"})`,
    "    print(x)", "",
  ].join("\n");
}
