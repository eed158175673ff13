// Race: pick a landscape and rules, drag the start, move hyper-parameters; paths and loss curves answer together.

const RACE_TRAITS = ["landscape", "params", "start", "rules", "steps", "step", "curve", "goal", "bet", "more", "noise", "view", "answer"];
const CHANGES_GROUND = ["landscape", "params"];
const CHANGES_RUNS = [...CHANGES_GROUND, "start", "rules", "steps", "curve", "noise"];
const SIDE_BY_SIDE = 600; // CSS pixels from which map and chart stand side by side

define("race", race);

function race(root, config, host) {
  root.className = "opt opt-race";
  const app = raceApp(root, host);
  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const map = mapPanel(app), chart = chartPanel(app);
  const transport = transportPanel(app), rules = rulesPanel(app), landscape = landscapePanel(app);
  const bet = betPanel(app), goal = goalPanel(app);
  const hyper = hyperPanel(app), curve = curvePanel(app), state = statePanel(app);
  const plots = el("div", { class: "opt-plots" }, map.node, chart.node);
  const copies = takeAlong(app);
  const opened = (panel) => {
    if (panel.resize) panel.resize(root.clientWidth);
    panel.sync();
  };
  const tools = el("div", { class: "opt-tools" },
    fold("Hyper-parameters", hyper, opened, "fold-hyper"), fold("Learning-rate curve", curve, opened, "fold-curve"),
    fold("State at this step", state, opened, "fold-state"), el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: () => app.reset(), "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, goal.node, landscape.node, plots, transport.node, rules.node, words, tools, hyper.node, curve.node, state.node, copies.node);
  return app.start({ map, chart, plots, words, transport, bet, panels: [landscape, rules, transport, hyper, curve, state, bet, goal] });
}

/** The race's heart: its state, who hears of a change, and one drawing per frame. */
function raceApp(root, host) {
  const app = {
    root, host, state: readTraits(host), wordsId: freshId("words"), runs: [], plot: null,
    canRun: (entry) => (entry.traced === false ? host.where === "jupyter" : Boolean(BOOK.rules[entry.key])),
    locked: (control) => parts !== null && parts.bet.holds(control),
  };
  let parts = null;
  let dirty = { ground: true, runs: true, size: true }, moving = false, frameAsked = false;
  const unsaved = new Set(); // traits Python has not heard of yet
  const field = raceField(app, () => redraw());

  /** Changes the state. final: false while a drag goes on. by: the panel that shows the change already. */
  app.change = (patch, { final = true, by = null, fromHost = false } = {}) => {
    Object.assign(app.state, tidy(patch, app.state));
    const keys = Object.keys(patch);
    if (keys.some((key) => CHANGES_GROUND.includes(key))) dirty.ground = true;
    if (keys.some((key) => CHANGES_RUNS.includes(key))) dirty.runs = true;
    moving = !final;
    for (const panel of parts.panels) {
      if (panel !== by && !panel.slow && panel.keys.some((key) => keys.includes(key))) panel.sync();
    }
    if (!fromHost) for (const key of keys) unsaved.add(key);
    redraw();
    tell();
    if (final) app.settle();
    else save();
  };

  /** Whatever was held back during a drag happens now. */
  app.settle = () => {
    save();
    save.flush();
    parts.bet.watch();
  };

  app.python = () => asPython(app.state, app.runs);
  app.query = () => stateToQuery(app.state);
  app.pause = () => parts.transport.pause();
  app.relock = () => {
    for (const panel of [...parts.panels, parts.map]) if (panel.setLocked) panel.setLocked();
  };
  app.reset = () => {
    app.pause();
    app.change({ ...copied(initial), answer: null });
    parts.bet.reset();
  };
  /** What is slow to show, shown in between while a run plays. */
  app.glance = () => performance.now() - glanced > 150 && showSlow();

  const initial = copied(app.state);
  const save = debounce(() => {
    host.set(Object.fromEntries([...unsaved].map((key) => [key, app.state[key]])));
    unsaved.clear();
  }, 120);
  const tell = debounce(showSlow, 220);
  let glanced = 0;

  function showSlow() {
    glanced = performance.now();
    if (frameAsked) draw();
    for (const panel of parts.panels) if (panel.slow && !(panel.node.hidden && panel.node.id)) panel.sync();
    parts.map.name();
    setText(parts.words, describe(app));
  }

  function redraw() {
    if (frameAsked) return;
    frameAsked = true;
    requestAnimationFrame(() => frameAsked && draw());
  }

  function draw() {
    frameAsked = false;
    const box = app.land && app.land.box;
    if (dirty.ground) app.land = landNow(app.state);
    if (dirty.runs) app.runs = field.compute();
    if (dirty.size || app.land.box !== box) layout();
    else if (dirty.ground) parts.map.drawLand(moving);
    dirty = { ground: false, runs: false, size: false };
    parts.map.drawPaths();
    parts.chart.draw();
    parts.map.placeHandle();
  }

  function layout() {
    const width = parts.plots.clientWidth;
    if (width === 0) return;
    const side = width >= SIDE_BY_SIDE;
    const forMap = side ? Math.min(480, Math.round(0.48 * width)) : Math.min(width, 520);
    const height = parts.map.resize(forMap);
    parts.chart.resize(side ? width - forMap - 18 : width, side ? height + 24 : Math.min(260, Math.max(200, 0.6 * width)));
    for (const panel of parts.panels) if (panel.resize && !panel.node.hidden) panel.resize(root.clientWidth);
    parts.map.drawLand(false);
  }

  function restyle() {
    app.theme = readTheme(root);
    app.labelFont = `500 12px ${app.theme.font}`;
    paintSwatches(root, app.theme);
    dirty.ground = true;
    if (parts.plots.clientWidth) redraw();
  }

  function restore() {
    const query = host.shared();
    if (query === null) return;
    app.change(queryToState(query, app.state));
    root.scrollIntoView({ block: "nearest" });
  }

  app.start = (given) => {
    parts = given;
    app.theme = readTheme(root);
    for (const panel of parts.panels) if (!panel.slow) panel.sync();
    app.relock();
    restyle();
    const resized = new ResizeObserver(() => {
      dirty.size = true;
      draw();
    });
    resized.observe(parts.plots);
    draw();
    showSlow();
    restore();
    for (const trait of RACE_TRAITS) host.onChange(trait, (value) => app.change({ [trait]: value }, { fromHost: true }));
    const stops = [watchTheme(restyle), host.onShared(restore), () => resized.disconnect(), app.pause];
    root.race = app; // for tests, and for the curious at the console
    return () => stops.forEach((stop) => stop());
  };
  return app;
}

function readTraits(host) {
  const defaults = {
    params: {}, rules: [], steps: 200, step: null, curve: [[0, 1], [1, 1]], goal: null, bet: null, more: true, noise: null,
    view: "full", answer: null,
    landscape: Object.keys(BOOK.landscapes)[0], start: null,
  };
  const given = RACE_TRAITS.map((trait) => [trait, host.get(trait)]).filter(([, value]) => value !== undefined && value !== null);
  const state = { ...defaults, ...copied(Object.fromEntries(given)) };
  if (!state.start) state.start = BOOK.meta.landscapes[state.landscape].start.slice();
  if (state.step === null) state.step = state.steps;
  return { ...state, ...tidy({ steps: state.steps, step: state.step }, state) };
}

/** A copy that later changes do not reach. */
function copied(state) {
  return JSON.parse(JSON.stringify(state));
}

/** A patch whose step lies within the run. */
function tidy(patch, state) {
  const steps = valueOr(patch.steps, state.steps), step = valueOr(patch.step, state.step);
  return { ...patch, step: Math.min(step, steps) };
}
