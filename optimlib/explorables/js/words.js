// What the pictures show, in a sentence.

const NAMED = 4; // so many rules are named; of a larger field the leaders, and how many follow

/** "Ravine, κ 100, angle 30°. After 200 steps Adam is at loss 3e−9 and momentum at 2e−4; SGD diverged at step 14." */
function describe({ runs, state, land, field }) {
  const { step } = state;
  const failures = field.failures().map((failure) => `${failure}.`);
  if (!runs.length) return failures.join(" ") || "No rule is chosen yet.";
  const those = (how) => runs.filter(({ trace }) => standing(trace, step) === how);
  const going = those("going").sort((a, b) => a.trace.f[step] - b.trace.f[step]);
  const when = step === 0 ? "Before the first step" : `After ${step} ${step === 1 ? "step" : "steps"}`;
  const parts = [];
  if (step === 0) parts.push(`${when} every rule stands at loss ${short(runs[0].trace.f[0])}`);
  else if (going.length) parts.push(`${when} ${listed(standings(going, step))}`);
  const gone = [
    ...those("away").map(({ label, trace }) => `${label} runs away, loss ${short(trace.f[step])}`),
    ...those("lost").map(({ label, trace }) => `${label} diverged at step ${trace.stopped}`),
  ];
  if (gone.length) parts.push((going.length ? "" : `${when} `) + listed(gone));
  return [`${land.meta.label}${settings(state, land)}.`, `${parts.join("; ")}.`, ...failures].join(" ");
}

function standings(going, step) {
  const named = going.length > NAMED ? going.slice(0, NAMED - 1) : going;
  const words = named.map(({ label, trace }, i) => `${label} ${i === 0 ? "is at loss" : "at"} ${short(trace.f[step])}`);
  if (named.length < going.length) {
    const { label, trace } = going[going.length - 1];
    words.push(`${going.length - named.length} more behind them, the last ${label} at ${short(trace.f[step])}`);
  }
  return words;
}

function settings({ params }, land) {
  const names = Object.keys(land.meta.params);
  return names.map((name) => {
    const { label = name, unit = "", default: usual } = land.meta.params[name];
    return `, ${label} ${plain(valueOr(params[name], usual))}${unit}`;
  }).join("");
}
