// Copy as Python: the lines of optimlib that reproduce the screen.

/** A program: imports, then one descent per rule in the race. */
function asPython(state, runs) {
  const own = [];
  const curved = !isFlat(state.curve) && runs.some(({ entry }) => "lr" in entry.hyper);
  const land = pythonLandscape(state);
  const calls = runs.map(({ entry }) => {
    const mine = !(entry.key in BOOK.meta.rules);
    if (mine) own.push(entry.name);
    return { label: lookOf(entry).label, call: `${mine ? "" : "rules."}${entry.name}(${pythonHyper(entry, state)})` };
  });
  const imports = ["descend", "landscapes", "rules", ...(curved ? ["schedules"] : [])];
  const start = `(${state.start.map(plain).join(", ")})`;
  const tail = `x0=${start}, steps=${state.steps}`;
  const lines = [`from optimlib import ${imports.join(", ")}`, ""];
  if (own.length) lines.push(`# ${listed([...new Set(own)])}: your own @rule, from your notebook`);
  if (calls.length === 1) {
    lines.push(`trace = descend(${calls[0].call}, ${land}, ${tail})`);
  } else {
    lines.push(`land = ${land}`, "traces = {");
    for (const { label, call } of calls) lines.push(`    "${label}": descend(${call}, land, ${tail}),`);
    lines.push("}");
  }
  return lines.join("\n") + "\n";
}

function pythonLandscape({ landscape, params }) {
  const names = BOOK.landscapes[landscape].params;
  const defaults = paramDefaults(landscape);
  const at = names.map((name) => `${name}=${plain(valueOr(params[name], defaults[name]))}`);
  return `landscapes.${landscape}${at.length ? `.at(${at.join(", ")})` : ""}`;
}

/** lr always, the others where they differ from the rule's defaults. */
function pythonHyper(entry, state) {
  const rule = BOOK.rules[entry.key];
  return hyperNames(entry).map((name) => [name, entry.hyper[name]]).filter(([name, value]) => {
    return name === "lr" || !rule || rule.defaults[rule.hyper.indexOf(name)] !== value;
  }).map(([name, value]) => `${name}=${name === "lr" ? pythonRate(value, state) : plain(value)}`).join(", ");
}

function pythonRate(lr, { curve, steps }) {
  if (isFlat(curve)) return plain(lr);
  const points = curve.map(([share, factor]) => `(${plain(1 + share * (steps - 1))}, ${plain(lr * factor)})`);
  return `schedules.piecewise_linear(points=(${points.join(", ")}))`;
}
