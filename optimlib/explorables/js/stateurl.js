// The state of a race as the readable tail of a link: land=ravine&p=kappa:100,angle:30&at=-1.6,1.1&n=200&r=adam,lr:0.5

/** What a link has to say: everything the reader can change. */
function stateToQuery(state) {
  const parts = [
    ["land", state.landscape],
    ["p", pairs(state.params)],
    ["at", state.start.map(plain).join(",")],
    ["n", state.steps],
    ["t", state.step === state.steps ? "" : state.step],
    ["c", isFlat(state.curve) ? "" : state.curve.map(([share, factor]) => `${plain(share)}:${plain(factor)}`).join(",")],
    ["r", state.rules.filter((rule) => rule.on).map(ruleToText).join(";")],
  ];
  return parts.filter(([, value]) => value !== "").map(([key, value]) => `${key}=${value}`).join("&");
}

function pairs(values) {
  return Object.entries(values).map(([name, value]) => `${name}:${plain(value)}`).join(",");
}

function ruleToText({ key, hyper }) {
  return [key, pairs(hyper)].filter(Boolean).join(",");
}

/**
 * The parts of a state that a link gives, or null if it gives none. `state` fills the rest: which rules the race
 * lists, and own rules, whose code no link carries. Whatever cannot be used is left out: links get cut and edited.
 */
function queryToState(given, state) {
  const landscape = BOOK.landscapes[given.land] ? given.land : state.landscape;
  const params = known(numbers(given.p), BOOK.landscapes[landscape].params);
  const patch = { landscape, params: { ...paramDefaults(landscape), ...params } };
  const at = (given.at || "").split(",").map(Number);
  patch.start = at.length === 2 && at.every(Number.isFinite) ? at : BOOK.meta.landscapes[landscape].start.slice();
  const steps = Number(given.n);
  patch.steps = Number.isInteger(steps) && steps > 0 && steps <= 5000 ? steps : state.steps;
  const step = given.t === undefined ? patch.steps : Number(given.t);
  patch.step = Number.isInteger(step) && step >= 0 && step <= patch.steps ? step : patch.steps;
  patch.curve = curveFrom(given.c);
  if (given.r !== undefined) patch.rules = rulesFrom(given.r, state.rules, landscape);
  return patch;
}

function numbers(text) {
  const entries = (text || "").split(",").map((pair) => pair.split(":")).map(([name, value]) => [name, Number(value)]);
  return Object.fromEntries(entries.filter(([name, value]) => name && Number.isFinite(value)));
}

function known(values, names) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

function curveFrom(text) {
  const points = (text || "").split(",").map((pair) => pair.split(":").map(Number));
  const numbersFine = points.every((point) => point.length === 2 && point.every((v) => v >= 0 && v <= 10));
  const rising = points.every(([share], i) => i === 0 || share > points[i - 1][0]);
  const whole = points.length > 1 && points[0][0] === 0 && points[points.length - 1][0] === 1;
  return numbersFine && rising && whole ? points : [[0, 1], [1, 1]];
}

function rulesFrom(text, listed, landscape) {
  const rules = listed.map((rule) => ({ ...rule, on: false }));
  for (const part of text.split(";").filter(Boolean)) {
    const [key, ...rest] = part.split(",");
    let i = rules.findIndex((rule) => rule.key === key && !rule.on);
    if (i < 0 && BOOK.meta.rules[key]) i = rules.push(newEntry(key, landscape)) - 1;
    if (i < 0) continue;
    const hyper = known(numbers(rest.join(",")), Object.keys(rules[i].hyper));
    rules[i] = { ...rules[i], on: true, hyper: { ...rules[i].hyper, ...hyper } };
  }
  return rules;
}
