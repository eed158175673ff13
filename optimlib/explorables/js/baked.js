// Baked: results that Python computed over a grid, chosen by sliders.

define("baked", baked);

function baked(root, config, host) {
  root.className = "opt opt-baked";
  const app = workbench(root, host, {
    traits: ["choices", "choice", "table", "data", "source", "others", "goal", "bet", "answer", "view"],
    defaults: { others: false },
    tidy: (patch) => patch,
    compute: computeBaked,
    layout: (one, width) => chart.resize(width),
    paint: () => chart.draw(),
    say: bakedWords, query: bakedQuery, fromQuery: bakedFromQuery, python: bakedPython, moved: bakedMoved,
  });
  app.judge = (goal) => judgeBaked(goal, app);
  app.trail = Object.keys(app.state.choices)[0]; // the choice that moved last
  const words = el("p", { class: "opt-words", id: app.wordsId, "aria-live": "polite" });
  const chart = lineChart(app, "Results"), choices = choicesPanel(app);
  const bet = betPanel(app), goal = goalPanel(app), copies = takeAlong(app);
  const source = sourcePanel(app), values = valuesPanel(app);
  const opened = (panel) => panel.sync();
  const tools = el("div", { class: "opt-tools" },
    fold("The Python behind it", source, opened, "fold-source"), fold("Values as a table", values, opened, "fold-values"),
    el("span", { class: "opt-gap" }),
    el("button", { text: "Reset", onclick: () => app.reset(), "data-control": "reset" }), ...copies.buttons);
  root.append(bet.node, goal.node, choices.node, chart.node, words, tools, source.node, values.node, copies.node);
  return app.start({ stage: chart.node, words, bet, panels: [choices, bet, goal, values] });
}

/** A control for each choice: a slider for numbers, buttons for the rest. */
function choicesPanel(app) {
  const { choices } = app.state;
  const choose = (name, value, final) => {
    app.trail = name;
    app.change({ choice: { ...app.state.choice, [name]: value } }, { final });
  };
  const controls = Object.entries(choices).map(([name, values]) => {
    const make = values.every((v) => typeof v === "number") ? notches : oneOf;
    return { name, ...make({ name, values, change: (value, final) => choose(name, value, final) }) };
  });
  const others = switchChip({ text: "show the others faintly", control: "others", change: (on) => app.change({ others: on }) });
  const node = el("div", { class: "opt-head" }, el("div", { class: "opt-params" }, ...controls.map((c) => c.node)), others.node);
  return {
    node, keys: ["choice", "others"],
    sync() {
      for (const control of controls) control.set(app.state.choice[control.name]);
      others.set(app.state.others);
    },
    setLocked() {
      for (const control of controls) control.setLocked(app.locked(control.name), app.invited(control.name));
    },
  };
}

/** A slider that stops only at the values that were computed. */
function notches({ name, values, change }) {
  const sorted = values.slice().sort((a, b) => a - b), last = Math.max(1, sorted.length - 1);
  const input = el("input", { type: "range", min: 0, max: sorted.length - 1, step: 1, "aria-label": name, "data-control": name });
  const shown = el("output", { class: "opt-notch" });
  const node = el("div", { class: "opt-slider" }, el("span", { class: "opt-slider-name", "aria-hidden": "true", text: name }), input, shown);
  function set(value) {
    input.value = sorted.indexOf(value);
    input.style.setProperty("--opt-fill", `${(100 * input.value) / last}%`);
    input.setAttribute("aria-valuetext", plain(value));
    setText(shown, plain(value));
  }
  input.addEventListener("input", () => {
    set(sorted[input.value]);
    change(sorted[input.value], false);
  });
  input.addEventListener("change", () => change(sorted[input.value], true));
  const setLocked = (locked, invited = false) => {
    input.disabled = locked || sorted.length < 2;
    node.classList.toggle("opt-invited", invited);
  };
  return { node, set, setLocked };
}

/** A row of radio buttons. */
function oneOf({ name, values, change }) {
  const group = freshId("choice");
  const boxes = values.map((value) => el("input", { type: "radio", name: group, "data-control": `${name}-${said(value)}`, onchange: () => change(value, true) }));
  const chips = values.map((value, i) => el("label", { class: "opt-chip opt-radio" }, boxes[i], el("span", { text: said(value) })));
  const title = el("span", { class: "opt-slider-name", text: name, id: freshId("name") });
  const node = el("div", { class: "opt-one-of", role: "radiogroup", "aria-labelledby": title.id }, title, ...chips);
  return {
    node,
    set: (value) => boxes.forEach((box, i) => (box.checked = values[i] === value)),
    setLocked: (locked) => boxes.forEach((box) => (box.disabled = locked)),
  };
}

function said(value) {
  return typeof value === "boolean" ? (value ? "on" : "off") : typeof value === "number" ? plain(value) : value;
}

function computeBaked(app, changed) {
  const { state } = app, { table } = state;
  if (changed.has("data") || changed.has("table")) {
    app.cells = unpackCurves(table, codesFrom(state.data));
    const [left, right] = extentOfX(app.cells, table.x.log);
    app.axes = { x: { ...table.x, low: left, high: right }, y: axisBounds(table.y.name, table.y.log, ...table.y.shown) };
  }
  const place = cellOf(state.choices, state.choice);
  const faint = state.others ? state.choices[app.trail].map((value) => cellOf(state.choices, { ...state.choice, [app.trail]: value })) : [];
  app.shown = app.cells[place].map((curve) => ({ ...curve, color: curve.look[0], dash: dashOf(curve.look[1]) }));
  app.lines = [
    ...faint.filter((i) => i !== place).flatMap((i) => app.cells[i].map((curve) => ({ ...curve, color: curve.look[0], dash: [], faint: true }))),
    ...app.shown,
  ];
}

function extentOfX(cells, log) {
  let low = Infinity, high = -Infinity;
  for (const { x } of cells.flat()) {
    for (const value of x) {
      if (log && !(value > 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high > low ? [low, high] : [low, low + 1];
}

function sourcePanel(app) {
  const code = el("pre", { class: "opt-source", tabindex: "0", "aria-label": "Python source" });
  const node = el("div", { class: "opt-panel-body" }, el("p", { class: "opt-note", text: "Computed before, once for each combination, by this function:" }), code);
  return { node, sync: () => setText(code, `${app.state.source}\n\n# for ${gridWords(app.state)}`) };
}

function gridWords({ choices }) {
  return Object.entries(choices).map(([name, values]) => `${name} in ${values.map(pythonValue).join(", ")}`).join("\n# and ");
}

/** First, lowest and last value of each curve. */
function valuesPanel(app) {
  const body = el("tbody", {}), head = el("tr", {});
  const node = el("div", { class: "opt-panel-body opt-scroll" }, el("table", { class: "opt-state" }, el("thead", {}, head), body));
  return {
    node, keys: ["choice"], slow: true,
    sync() {
      if (node.hidden) return;
      const { x, y } = app.state.table;
      head.replaceChildren(el("td", {}), ...[`${y.name} at first`, "lowest", `at ${x.name}`, "at last"].map((text) => el("th", { scope: "col", text })));
      body.replaceChildren(...app.shown.map((curve) => {
        const low = lowest(curve), last = lastFinite(curve.y);
        const cells = [curve.y[0], low.y, low.x, last < 0 ? NaN : curve.y[last]];
        return el("tr", {}, el("th", { scope: "row", text: curve.label }), ...cells.map((v) => el("td", { text: Number.isNaN(v) ? "–" : short(v, 3) })));
      }));
    },
  };
}

function lowest({ x, y }) {
  let at = -1;
  for (let i = 0; i < y.length; i++) if (Number.isFinite(y[i]) && (at < 0 || y[i] < y[at])) at = i;
  return at < 0 ? { x: NaN, y: NaN } : { x: x[at], y: y[at] };
}

function bakedWords({ state, shown }) {
  const chosen = Object.entries(state.choice).map(([name, value]) => `${name} ${said(value)}`).join(", ");
  const { x, y } = state.table;
  const ends = shown.map((curve) => ({ label: curve.label, last: lastFinite(curve.y), curve }));
  const stay = ends.filter(({ last, curve }) => last === curve.y.length - 1).sort((a, b) => a.curve.y[a.last] - b.curve.y[b.last]);
  const parts = stay.slice(0, 5).map(({ label, last, curve }) => `${label} at ${short(curve.y[last], 3)}`);
  if (stay.length > 5) parts.push(`${stay.length - 5} more above`);
  const lost = ends.filter((end) => !stay.includes(end)).map(({ label, last, curve }) => `${label} diverged${last < 0 ? "" : ` after ${x.name} ${short(curve.x[last], 3)}`}`);
  const sentences = [parts.length ? `Last ${y.name}: ${listed(parts)}` : "", listed(lost)].filter(Boolean);
  return `With ${chosen}. ${sentences.join("; ")}.`;
}

function judgeBaked({ below, within: limit }, { shown, state }) {
  let first = null, closest = null;
  for (const { label, x, y } of shown) {
    for (let i = 0; i < y.length; i++) {
      if (!(x[i] <= limit)) continue;
      if (!closest || y[i] < closest.y) closest = { label, x: x[i], y: y[i] };
      if (y[i] < below && (!first || x[i] < first.x)) first = { label, x: x[i], y: y[i] };
    }
  }
  const { x, y } = state.table;
  if (first) return { reached: true, words: `Reached: ${first.label} is below ${short(below)} at ${x.name} ${short(first.x, 3)}.` };
  return { reached: false, words: closest ? `Not yet: ${closest.label} came closest, ${y.name} ${short(closest.y)} at ${x.name} ${short(closest.x, 3)}.` : "Not yet." };
}

/** One notch of a choice is a move: there are few. */
function bakedMoved(control, before, { state }) {
  if (control in state.choices) return state.choice[control] !== before.choice[control];
  return state[control] !== before[control];
}

// --- the state in a link, one part per choice: c.lr=0.1&c.batch+size=16 ---------------------------------------------

function bakedQuery({ choice }) {
  return String(new URLSearchParams(Object.entries(choice).map(([name, value]) => [`c.${name}`, said(value)])));
}

function bakedFromQuery(given, { choices, choice }) {
  const found = Object.entries(choices).map(([name, values]) => [name, values.find((value) => said(value) === given[`c.${name}`])]);
  return { choice: { ...choice, ...Object.fromEntries(found.filter(([, value]) => value !== undefined)) } };
}

function bakedPython({ state }) {
  const name = (state.source.match(/^\s*def (\w+)/m) || [])[1] || "run";
  const given = Object.entries(state.choice).map(([key, value]) => `${key.replaceAll(" ", "_")}=${pythonValue(value)}`);
  return `${state.source}\n\n\ncurves = ${name}(${given.join(", ")})\n`;
}

function pythonValue(value) {
  return typeof value === "boolean" ? (value ? "True" : "False") : typeof value === "number" ? plain(value) : JSON.stringify(value);
}
