// Stream: a series goes into a moving average. What it remembers, and how late and how rough it is, under the finger.

const DRAWN_BY_HAND = "drawn by hand";
const AVERAGE_COLOR = "#1878bd", MISSING_COLOR = "#c47a00";
const BETA_RANGE = { min: 0, max: 0.999, scale: "one-minus-log" };
const WINDOWS = [50, 100, 200, 400, 1000];

define("stream", stream);

function stream(root, config, host) {
  root.className = "opt opt-stream";
  const app = workbench(root, host, {
    traits: ["signals", "axes", "signal", "drawn", "beta", "correct", "at", "window", "goal", "bet", "answer", "view"],
    defaults: { signals: {}, axes: {}, signal: DRAWN_BY_HAND, drawn: new Array(100).fill(0), beta: 0.9, correct: false, at: 60, window: 0 },
    tidy: tidyStream,
    compute: computeStream,
    layout: (one, width) => chart.resize(width),
    paint: (one) => {
      chart.draw();
      facts.show(streamFacts(one));
    },
    say: (one) => {
      chart.name();
      return streamWords(one);
    },
    names: { at: "the mark", beta: "β", correct: "the correction", signal: "the choice of signal" },
    query: streamQuery, fromQuery: streamFromQuery, python: streamPython, moved: streamMoved,
  });
  app.judge = (goal) => judgeStream(goal, app);
  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const chart = streamChart(app), facts = factsRow(), controls = streamControls(app);
  const bet = betPanel(app), goal = goalPanel(app), copies = takeAlong(app);
  const tools = el("div", { class: "opt-tools" }, el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: () => app.reset(), "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, goal.node, controls.node, chart.node, facts.node, words, tools, copies.node);
  return app.start({ stage: chart.node, words, bet, panels: [controls, bet, goal] });
}

function streamControls(app) {
  const choice = el("select", { class: "opt-landscape", "aria-label": "Signal", "data-control": "signal" });
  const shown = el("select", { class: "opt-window", "aria-label": "Values shown", "data-control": "window" });
  const clear = el("button", { text: "Clear", "data-control": "clear", onclick: () => app.change({ drawn: app.state.drawn.map(() => 0) }) });
  const hint = el("p", { class: "opt-note", text: "Draw on the chart. With the keyboard: left and right move the point, up and down draw." });
  let panel = null;
  const beta = slider({
    label: "β", name: "beta", range: BETA_RANGE, control: "beta",
    change: (value, final) => app.change({ beta: value }, { final, by: panel }),
  });
  const correct = switchChip({ text: "correct the start", control: "correct", change: (on) => app.change({ correct: on }) });
  const node = el("div", { class: "opt-head" }, el("label", { class: "opt-field" }, choice), shown, clear,
    el("div", { class: "opt-params" }, beta.node, correct.node), hint);
  choice.addEventListener("change", () => app.change(chosenSignal(choice.value, app.state)));
  shown.addEventListener("change", () => app.change({ window: Number(shown.value) }));
  panel = {
    node, keys: ["signal", "signals", "beta", "correct", "window", "drawn"],
    sync() {
      const { state } = app, names = [...Object.keys(state.signals), DRAWN_BY_HAND], length = signalOf(state).length;
      if (choice.options.length !== names.length) choice.replaceChildren(...names.map((name) => el("option", { value: name, text: name })));
      choice.value = state.signal;
      const windows = [...new Set([...WINDOWS, state.window])].filter((n) => n > 0 && n < length).sort((a, b) => a - b);
      shown.hidden = length <= 120;
      shown.replaceChildren(el("option", { value: 0, text: `all ${length}` }), ...windows.map((n) => el("option", { value: n, text: `${n} at once` })));
      shown.value = state.window < length ? state.window : 0;
      clear.hidden = hint.hidden = state.signal !== DRAWN_BY_HAND;
      beta.set(state.beta);
      correct.set(state.correct);
    },
    setLocked() {
      choice.disabled = clear.disabled = app.locked("signal");
      beta.setLocked(app.locked("beta"), app.invited("beta"));
      correct.setLocked(app.locked("correct"));
    },
  };
  return panel;
}

/** Another signal keeps the point at the same share of it. */
function chosenSignal(signal, state) {
  const share = state.at / signalOf(state).length;
  return { signal, at: Math.max(1, Math.round(share * signalOf({ ...state, signal }).length)) };
}

function signalOf({ signal, signals, drawn }) {
  return signal === DRAWN_BY_HAND ? drawn : signals[signal];
}

function axisNames({ axes, signal }) {
  return axes[signal] || ["step", "value"];
}

function tidyStream(patch, state) {
  const after = { ...state, ...patch }, length = signalOf(after).length;
  return after.at > length ? { ...patch, at: length } : patch;
}

function computeStream(app, changed) {
  const { state } = app, hyper = [state.beta];
  const code = BOOK.averages[state.correct ? "corrected" : "average"];
  if (["signal", "signals", "drawn", "beta", "correct"].some((key) => changed.has(key))) {
    const x = signalOf(state), { out } = feed(code, x, hyper);
    const range = state.signal === DRAWN_BY_HAND ? [-1, 1] : niceRange(x, out, state.correct ? [] : [0]);
    app.fed = { x, out, range, roughness: roughnessOf(out, x) };
  }
  const weights = pastWeights(code, hyper, state.at);
  let sum = 0, recent = 0;
  const last = Math.round(1 / (1 - state.beta));
  weights.forEach((w, i) => {
    sum += w;
    if (i >= state.at - last) recent += w;
  });
  Object.assign(app.fed, { weights, missing: Math.max(0, 1 - sum), last, recent });
}

function niceRange(...series) {
  let low = Infinity, high = -Infinity;
  for (const values of series) {
    for (const v of values) {
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  const room = 0.04 * (high - low) || 1;
  return [low - room, high + room];
}

function streamFacts({ state, fed }) {
  const { beta } = state, unit = axisNames(state)[0];
  return [
    ["lag", counted(beta / (1 - beta), unit), "Mean age of what the average holds: β/(1−β)"],
    ["roughness", Number.isNaN(fed.roughness) ? "–" : short(fed.roughness, 2), "Root mean square step of the average beside that of the signal"],
    ["window, 1/(1−β)", counted(1 / (1 - beta), unit), "A rough size of the memory: the dark bars"],
    ["weight in the window", percent(fed.recent), "Share of the weight on the last 1/(1−β) values"],
    ["weight on the start", fed.missing > 5e-4 ? percent(fed.missing) : "0%", "Share of the weight that still lies on the zero before the start"],
  ];
}

/** "1 day", "9.5 days". */
function counted(value, unit) {
  return `${short(value, 3)} ${unit}${value === 1 ? "" : "s"}`;
}

function streamWords({ state, fed }) {
  const unit = axisNames(state)[0], t = state.at - 1, { beta, correct } = state;
  const lines = [
    `${state.signal[0].toUpperCase()}${state.signal.slice(1)}, averaged with β ${plain(beta)}${correct ? ", the start corrected" : ""}. At ${unit} ${state.at} the signal is ${short(fed.x[t], 3)} and the average ${short(fed.out[t], 3)}.`,
    `In the long run the average is ${counted(Number((beta / (1 - beta)).toPrecision(2)), unit)} late${Number.isNaN(fed.roughness) ? "" : `, and ${short(fed.roughness)} times as rough`}.`,
  ];
  if (fed.missing > 0.005) lines.push(`${percent(fed.missing)} of its weight still lies on the zero where it began.`);
  return lines.join(" ");
}

function judgeStream(goal, { state, fed }) {
  const measured = { lag: state.beta / (1 - state.beta), roughness: fed.roughness };
  const names = Object.keys(measured).filter((name) => goal[name] !== undefined);
  const reached = names.every((name) => measured[name] <= goal[name]);
  const words = names.map((name) => `${name} ${short(measured[name])}${measured[name] <= goal[name] ? "" : `, wanted at most ${short(goal[name])}`}`);
  return { reached, words: `${reached ? "Reached" : "Not yet"}: ${listed(words)}.` };
}

function streamMoved(control, before, { state }) {
  if (control === "beta") {
    const scale = sliderScale(BETA_RANGE);
    return Math.abs(scale.position(state.beta) - scale.position(before.beta)) >= TURN * (scale.max - scale.min);
  }
  if (control === "at") return Math.abs(state.at - before.at) >= TURN * signalOf(state).length;
  return state[control] !== before[control];
}

// --- the state in a link: s=noisy+cosine&b=0.9&c=1&t=60&w=100&d=… ---------------------------------------------------

function streamQuery({ signal, beta, correct, at, window, drawn }) {
  const parts = { s: signal, b: plain(beta), c: correct ? 1 : 0, t: at, w: window };
  if (signal === DRAWN_BY_HAND) parts.d = drawn.map((v) => Math.round(100 * v)).join(".");
  return String(new URLSearchParams(parts));
}

function streamFromQuery(given, state) {
  const patch = {};
  if (given.s === DRAWN_BY_HAND || state.signals[given.s]) patch.signal = given.s;
  const drawn = (given.d || "").split(".").map((v) => Number(v) / 100);
  if (drawn.length > 1 && drawn.every((v) => Math.abs(v) <= 1)) patch.drawn = drawn;
  const beta = Number(given.b), at = Number(given.t), window = Number(given.w);
  if (given.b && beta >= 0 && beta < 1) patch.beta = beta;
  if (given.c) patch.correct = given.c === "1";
  if (Number.isInteger(at) && at > 0) patch.at = at;
  if (Number.isInteger(window) && window >= 0) patch.window = window;
  return patch;
}

const MOST_PRINTED = 400; // so many values of a series are written out; a longer one is named

function streamPython({ state }) {
  const x = signalOf(state);
  const call = `averages.ewma(x, beta=${plain(state.beta)}${state.correct ? ", correct=True" : ""})`;
  const given = x.length <= MOST_PRINTED
    ? ["x = [", ...wrapped(x.map(plain), 12).map((line) => `    ${line},`), "]"]
    : [`# x: the ${x.length} values of "${state.signal}", from the notebook`];
  return ["from optimlib import averages", "", ...given, `average = ${call}`, ""].join("\n");
}

function wrapped(words, many) {
  const lines = [];
  for (let i = 0; i < words.length; i += many) lines.push(words.slice(i, i + many).join(", "));
  return lines;
}
