// The hyper-parameters of the rules in the race: a slider each, grouped by rule, folded so that many stay usable.

const UNFOLDED = 2; // with at most so many rules, all groups stand open

function hyperPanel(app) {
  const node = el("div", { class: "opt-hyper" });
  let groups = [], builtFor = "";

  function build(entries) {
    groups = entries.map(({ entry, index }) => group(app, entry, index, entries.length <= UNFOLDED, panel));
    node.replaceChildren(...groups.map((one) => one.node));
    if (!groups.length) node.append(el("p", { class: "opt-note", text: "Choose a rule first." }));
    paintSwatches(node, app.theme);
  }

  const panel = {
    node, keys: ["rules"],
    sync() {
      const all = app.state.rules.map((entry, index) => ({ entry, index }));
      const entries = all.filter(({ entry }) => entry.on && app.canRun(entry));
      const wanted = entries.map(({ entry, index }) => `${index}${entry.key}`).join();
      if (wanted !== builtFor) build(entries);
      builtFor = wanted;
      groups.forEach((one, i) => one.set(entries[i].entry));
    },
    setLocked() {
      for (const one of groups) one.setLocked();
    },
  };
  return panel;
}

/** In the order of the rule's own arguments, lr first; stored notebooks sort by the alphabet. */
function hyperNames(entry) {
  const rule = BOOK.rules[entry.key];
  return rule ? rule.hyper : Object.keys(entry.hyper);
}

function group(app, entry, index, open, panel) {
  const look = lookOf(entry);
  const summary = el("span", { class: "opt-hyper-now" });
  const controls = {};
  for (const name of hyperNames(entry)) {
    controls[name] = slider({
      label: name, name: `${name} of ${look.label}`, range: rangeOf(entry, name), control: `${entry.key}-${name}`,
      change: (value, final) => change(name, value, final),
    });
  }

  function change(name, value, final) {
    const changed = (rule) => ({ ...rule, hyper: { ...rule.hyper, [name]: value } });
    const rules = app.state.rules.map((rule, i) => (i === index ? changed(rule) : rule));
    app.change({ rules }, { final, by: panel });
    say(rules[index]);
  }

  function say(now) {
    const shown = hyperNames(now).filter((name) => name !== "eps");
    setText(summary, shown.map((name) => `${name} ${plain(now.hyper[name])}`).join(", "));
  }

  const title = el("summary", {}, swatch(look), el("span", { class: "opt-hyper-rule", text: look.label }), summary);
  const sliders = el("div", { class: "opt-hyper-sliders" }, ...Object.values(controls).map((control) => control.node));
  const node = el("details", { class: "opt-hyper-group", open }, title, sliders);
  return {
    node,
    set(now) {
      for (const [name, control] of Object.entries(controls)) control.set(now.hyper[name]);
      say(now);
    },
    setLocked() {
      for (const [name, control] of Object.entries(controls)) control.setLocked(app.locked(name), app.invited(name));
    },
  };
}

/** The range of a hyper-parameter's slider: Python says it, for a learner's own rule with the entry itself. */
function rangeOf(entry, name) {
  return (entry.ranges || BOOK.meta.rules[entry.name].hyper)[name];
}
