// Race: pick a landscape and rules, drag the start, move hyper-parameters; paths and loss curves answer together.

const CHANGES_GROUND = ["landscape", "params"];
const CHANGES_RUNS = [...CHANGES_GROUND, "start", "rules", "steps", "curve"];
const TURN = 0.2; // the share of its range that the unlocked control has to move before the answer is shown
const SIDE_BY_SIDE = 600; // CSS pixels from which map and chart stand side by side

define("race", race);

function race(root, config, host) {
  root.className = "opt opt-race";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Race: rules on a landscape");
  const app = workbench(root, host, raceSpec());
  root.classList.toggle("opt-embed", app.state.view === "embed");
  const field = raceField(app, () => {
    app.runs = field.compute(false);
    app.change({});
  });
  const map = mapPanel(app), chart = chartPanel(app);
  Object.assign(app, { runs: [], field, map, chart, canRun: (entry) => canRun(entry, host) });

  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const transport = transportPanel(app), rules = rulesPanel(app), landscape = landscapePanel(app);
  const bet = betPanel(app), goal = goalPanel(app), copies = takeAlong(app);
  const hyper = hyperPanel(app), curve = curvePanel(app), state = statePanel(app);
  const stage = el("div", { class: "opt-plots" }, map.node, chart.node);
  const opened = (panel) => panel.sync();
  const tools = el("div", { class: "opt-tools" },
    fold("Hyper-parameters", hyper, opened, "fold-hyper"), fold("Learning-rate curve", curve, opened, "fold-curve"),
    fold("State at this step", state, opened, "fold-state"), el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: reset, "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, goal.node, landscape.node, stage, transport.node, rules.node, words, tools);
  root.append(hyper.node, curve.node, state.node, copies.node);

  function reset() {
    transport.pause();
    app.reset();
  }

  app.pause = transport.pause;
  app.glance = everyNow(state.sync); // what is slow to show, shown in between while a run plays
  app.resizePanels = () => curve.sync();
  const panels = [landscape, rules, transport, hyper, curve, state, map, bet, goal];
  const stop = app.start({ stage, words, bet, panels });
  const asked = app.state.bet && app.state.bet.unlocks;
  if (app.state.rules.some((rule) => asked in rule.hyper)) hyper.unfold(); // a bet about a slider out of sight is none
  return () => {
    transport.pause();
    stop();
  };
}

/** What the workbench has to know about a race. */
function raceSpec() {
  return {
    traits: [
      "landscape", "params", "start", "rules", "steps", "step", "curve", "goal", "bet", "answer", "more", "view",
    ],
    defaults: {
      landscape: Object.keys(BOOK.landscapes)[0], params: {}, start: null, rules: [], steps: 200, step: null,
      curve: [[0, 1], [1, 1]], more: true,
    },
    tidy: tidyRace,
    compute(app, changed) {
      if (CHANGES_GROUND.some((key) => changed.has(key))) {
        const before = app.land;
        app.land = landNow(app.state);
        app.groundDrawn = null;
        if (before && before.box !== app.land.box) layoutRace(app, app.width);
      }
      if (CHANGES_RUNS.some((key) => changed.has(key))) app.runs = app.field.compute();
    },
    layout: layoutRace,
    paint(app) {
      if (app.groundDrawn !== app.theme) app.map.drawLand(app.moving);
      app.groundDrawn = app.theme;
      app.map.drawPaths();
      app.chart.draw();
      app.map.placeHandle();
    },
    say: describe,
    query: stateToQuery,
    fromQuery: queryToState,
    python: (app) => asPython(app.state, app.runs),
    names: { play: "the play button", rules: "the choice of rules" },
    moved: movedInRace,
  };
}

function layoutRace(app, width) {
  const side = width >= SIDE_BY_SIDE;
  const forMap = side ? Math.min(480, Math.round(0.48 * width)) : Math.min(width, 520);
  const height = app.map.resize(forMap);
  app.chart.resize(side ? width - forMap - 18 : width, side ? height + 24 : Math.min(260, Math.max(200, 0.6 * width)));
  app.width = width;
  app.groundDrawn = null;
  app.resizePanels();
}

/** A patch that makes sense: a step within the run, a start where none was given. */
function tidyRace(patch, state) {
  const steps = valueOr(patch.steps, state.steps), step = valueOr(valueOr(patch.step, state.step), steps);
  const tidied = { ...patch };
  if ("step" in patch || state.step > steps) tidied.step = Math.min(step, steps);
  const land = BOOK.meta.landscapes[valueOr(patch.landscape, state.landscape)];
  if ("start" in patch && !patch.start) tidied.start = land.start.slice();
  return tidied;
}

/** A rule runs here if its code is here, or if Python is there to run it. */
function canRun(entry, host) {
  return entry.traced === false ? host.where === "jupyter" : Boolean(BOOK.rules[entry.key]);
}

/** fn, at most every 150 ms. */
function everyNow(fn) {
  let last = 0;
  return () => {
    if (performance.now() - last < 150) return;
    last = performance.now();
    fn();
  };
}

/** Has the control that the bet is about moved far enough for its effect to be seen? */
function movedInRace(control, before, { state, land }) {
  if (control === "play") return state.step >= state.steps;
  const range = land.meta.params[control];
  if (range) return turned(range, valueOr(before.params[control], range.default), state.params[control]);
  const having = state.rules.filter((rule) => control in rule.hyper);
  if (having.length) {
    const was = (rule) => before.rules.find((old) => old.key === rule.key) || rule;
    return having.some((rule) => turned(rangeOf(rule, control), was(rule).hyper[control], rule.hyper[control]));
  }
  if (control === "start") {
    return state.start.some((v, i) => Math.abs(v - before.start[i]) >= (TURN / 2) * (land.box[i][1] - land.box[i][0]));
  }
  return state[control] !== before[control];
}

function turned(range, from, to) {
  const scale = sliderScale(range);
  return Math.abs(scale.position(to) - scale.position(from)) >= TURN * (scale.max - scale.min);
}
