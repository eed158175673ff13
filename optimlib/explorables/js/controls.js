// Which landscape, its parameters, and which rules race.

function landscapePanel(app) {
  const choice = el("select", { class: "opt-landscape", "aria-label": "Landscape", "data-control": "landscape" });
  const names = Object.keys(BOOK.landscapes);
  choice.append(...names.map((name) => el("option", { value: name, text: BOOK.meta.landscapes[name].label })));
  const sliders = el("div", { class: "opt-params" });
  const note = el("p", { class: "opt-note" });
  const node = el("div", { class: "opt-head" }, el("label", { class: "opt-field" }, choice), sliders, note);
  let built = "", controls = {};

  choice.addEventListener("change", () => {
    const landscape = choice.value;
    // What suits one landscape ruins another: start and rates come along.
    app.change({
      landscape, params: paramDefaults(landscape), start: BOOK.meta.landscapes[landscape].start.slice(),
      rules: app.state.rules.map((entry) => withRate(entry, landscape)),
    });
  });

  function build(name) {
    built = name;
    controls = {};
    for (const [param, range] of Object.entries(BOOK.meta.landscapes[name].params)) {
      controls[param] = slider({
        label: range.label || param, name: range.name || range.label || param, range, control: `param-${param}`,
        change: (value, final) => app.change({ params: { ...app.state.params, [param]: value } }, { final, by: panel }),
      });
    }
    sliders.replaceChildren(...Object.values(controls).map((one) => one.node));
    setText(note, BOOK.meta.landscapes[name].note || "");
    panel.setLocked();
  }

  const panel = {
    node, keys: ["landscape", "params"],
    sync() {
      const { landscape, params } = app.state;
      choice.value = landscape;
      if (built !== landscape) build(landscape);
      for (const [param, control] of Object.entries(controls)) {
        control.set(valueOr(params[param], BOOK.meta.landscapes[landscape].params[param].default));
      }
    },
    setLocked() {
      choice.disabled = app.locked("landscape");
      for (const [param, control] of Object.entries(controls)) control.setLocked(app.locked(param), app.invited(param));
    },
  };
  return panel;
}

function paramDefaults(landscape) {
  const { params } = BOOK.meta.landscapes[landscape];
  return Object.fromEntries(Object.entries(params).map(([name, range]) => [name, range.default]));
}

function rulesPanel(app) {
  const chips = el("div", { class: "opt-chips" });
  const more = el("button", { class: "opt-more", "aria-expanded": "false", "data-control": "more" });
  const why = el("p", { class: "opt-note" });
  const node = el("div", { class: "opt-rules", role: "group", "aria-label": "Rules in the race" }, chips, why);
  let open = false;
  more.addEventListener("click", () => {
    open = !open;
    panel.sync();
  });

  /** The book's rules that the race does not list yet, as entries that could join it. */
  function others() {
    const { rules, landscape } = app.state;
    const there = new Set(rules.map((rule) => rule.name));
    return Object.keys(BOOK.meta.rules).filter((name) => !there.has(name)).map((name) => newEntry(name, landscape));
  }

  function toggle(entry, on) {
    const { rules } = app.state;
    const known = rules.includes(entry);
    app.change({ rules: known ? rules.map((r) => (r === entry ? { ...r, on } : r)) : [...rules, { ...entry, on }] });
  }

  /** Why the browser cannot run this rule by itself. */
  function whereItRuns(entry) {
    const where = app.canRun(entry) ? "is run by Python, not by this page" : "races only in a notebook, where Python runs it";
    return `${lookOf(entry).label} ${where}: ${entry.why}.`.replace(/\.\.$/, ".");
  }

  function chip(entry) {
    const look = lookOf(entry);
    const closed = !app.canRun(entry);
    const box = el("input", {
      type: "checkbox", disabled: closed || app.locked("rules"), "data-control": `rule-${entry.key}`,
      onchange: () => toggle(entry, box.checked),
    });
    box.checked = entry.on && !closed;
    const title = entry.traced === false ? whereItRuns(entry) : null;
    return el("label", { class: "opt-chip", title }, box, swatch(look), el("span", { text: look.label }));
  }

  const panel = {
    node, keys: ["rules", "more"],
    sync() {
      const { rules, more: offersMore } = app.state;
      const rest = offersMore ? others() : [];
      const focused = chips.contains(document.activeElement) && document.activeElement.dataset.control;
      chips.replaceChildren(...rules.map(chip), ...(open ? rest.map(chip) : []), ...(rest.length ? [more] : []));
      more.textContent = open ? "Fewer" : `More rules (${rest.length})`;
      more.setAttribute("aria-expanded", String(open));
      if (focused) chips.querySelector(`[data-control="${focused}"]`)?.focus();
      paintSwatches(chips, app.theme);
      setText(why, rules.filter((entry) => entry.traced === false).map(whereItRuns).join(" "));
    },
  };
  panel.setLocked = panel.sync;
  return panel;
}

/** A book's rule as it enters a race: the library's defaults, and the rate that suits this landscape. */
function newEntry(name, landscape) {
  const { hyper, defaults } = BOOK.rules[name];
  const values = Object.fromEntries(hyper.map((h, i) => [h, defaults[i]]));
  const { label } = BOOK.meta.rules[name];
  return withRate({ name, key: name, label, hyper: values, on: false, traced: true }, landscape);
}

/** The entry with the learning rate that its rule was given for this landscape; a learner's own rule keeps its own. */
function withRate(entry, landscape) {
  const meta = BOOK.meta.rules[entry.name];
  const lr = meta && entry.key === entry.name && meta.rates[landscape];
  return lr ? { ...entry, hyper: { ...entry.hyper, lr } } : entry;
}

/** Label, color and dash of an entry: its own, or the book's for that rule. */
function lookOf(entry) {
  const meta = BOOK.meta.rules[entry.name] || {};
  return {
    label: entry.label || meta.label || entry.name,
    color: entry.color || meta.color || "#767676",
    dash: dashOf(valueOr(entry.dash, meta.dash)),
  };
}

function swatch({ color, dash }) {
  const line = svg("line", { x1: 1, x2: 25, y1: 5, y2: 5, "stroke-dasharray": dash.join(" "), "data-hue": color });
  return svg("svg", { class: "opt-swatch", viewBox: "0 0 26 10", "aria-hidden": "true" }, line);
}

/** Swatches follow the theme as the canvases do. */
function paintSwatches(root, theme) {
  for (const line of root.querySelectorAll("[data-hue]")) line.style.stroke = theme.stroke(line.dataset.hue);
}
