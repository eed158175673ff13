// What a rule remembers at the step shown: its letters, a column per coordinate.

function statePanel(app) {
  const tables = el("div", { class: "opt-tables" });
  const node = el("div", { class: "opt-panel-body" }, tables);

  function sync() {
    if (node.hidden) return;
    tables.replaceChildren(...app.runs.map((one) => stateTable(one, app)));
    if (!app.runs.length) tables.append(el("p", { class: "opt-note", text: "Choose a rule first." }));
    paintSwatches(tables, app.theme);
  }

  // In the drag path this would cost layout: it follows once things rest, and slowly while they play.
  return { node, keys: ["step", "rules", "start", "params", "landscape", "steps", "curve"], sync, slow: true };
}

function stateTable(one, app) {
  const { step } = app.state;
  const name = el("span", { text: `${one.label}, step ${step}` });
  const title = el("p", { class: "opt-state-title", id: freshId("state") }, swatch(one), name);
  const { trace } = one;
  if (standing(trace, step) === "lost") {
    return el("div", {}, title, el("p", { class: "opt-note", text: `Diverged at step ${trace.stopped}.` }));
  }
  const rows = stateRows(one, app.land, step).map(([letter, a, b]) =>
    el("tr", {}, el("th", { scope: "row", text: letter }), el("td", { text: a }), el("td", { text: b })));
  const heads = ["horizontal", "vertical"].map((text) => el("th", { scope: "col", text }));
  const columns = el("thead", {}, el("tr", {}, el("td", {}), ...heads));
  const table = el("table", { class: "opt-state", "aria-labelledby": title.id }, columns, el("tbody", {}, ...rows));
  return el("div", {}, title, table);
}

/** [letter, first coordinate, second coordinate] as text: the point, the gradient there, then the rule's letters. */
function stateRows(one, land, step) {
  const { trace, rule } = one;
  const point = [trace.x[2 * step], trace.x[2 * step + 1]];
  const g = [0, 0];
  land.code.grad(point, land.params, g);
  const rows = [["x", ...point], ["g", ...g]];
  rule.state.forEach((letter, i) => {
    const at = trace.width * step + 2 + 2 * i;
    rows.push([letter, trace.z[at], trace.z[at + 1]]);
  });
  if (step > 0) rows.push(["step", point[0] - trace.x[2 * step - 2], point[1] - trace.x[2 * step - 1]]);
  return rows.map(([letter, a, b]) => [letter, short(a, 3), short(b, 3)]);
}
