// The series with its average, and below it the weights of the past at the step that the reader moves.

const STREAM = { left: 46, right: 16, top: 22, gap: 28, weights: 72, bottom: 38 };

function streamChart(app) {
  const canvas = el("canvas", { role: "img", "aria-label": "Series, average and weights of the past", "aria-describedby": app.wordsId });
  const axes = svg("svg", { class: "opt-axes", "aria-hidden": "true" });
  const across = svg("g", {}), up = svg("g", { class: "opt-grid" }), shares = svg("g", { class: "opt-grid" });
  const step = svg("text", { class: "opt-axis-name", "text-anchor": "end" });
  const value = svg("text", { class: "opt-axis-name", "text-anchor": "middle" });
  const weight = svg("text", { class: "opt-axis-name", "text-anchor": "middle" });
  setText(weight, "weight");
  axes.append(up, shares, across, step, value, weight);
  const handle = el("div", { class: "opt-handle", role: "slider", tabindex: "0", "aria-label": "Step taken apart", "data-control": "at" });
  const node = el("div", { class: "opt-chart opt-stream-chart" }, axes, canvas, handle);
  let size = null, context = null, plot = null, axesDrawn = "";

  function resize(width) {
    size = { width: Math.floor(width), height: width < 480 ? 330 : 384 };
    node.style.height = `${size.height}px`;
    context = sizeCanvas(canvas, size.width, size.height);
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    axesDrawn = "";
  }

  function draw() {
    const { state, fed } = app;
    plot = streamPlot(size, windowAround(state.at, fed.x.length, state.window), fed.range);
    app.plot = plot;
    drawAxes();
    context.clearRect(0, 0, size.width, size.height);
    context.font = app.labelFont;
    drawSeries(context, plot, app);
    drawWeights(context, plot, app);
    const mine = state.signal === DRAWN_BY_HAND ? fed.x[state.at - 1] : fed.out[state.at - 1];
    handle.style.transform = `translate(${plot.x(state.at).toFixed(1)}px,${plot.y(mine).toFixed(1)}px)`;
    canvas.style.cursor = state.signal === DRAWN_BY_HAND ? "crosshair" : "ew-resize";
  }

  function drawAxes() {
    const { fed, state } = app;
    const most = fed.weights[fed.weights.length - 1];
    const key = [plot.from, plot.to, fed.range, most, state.signal].join();
    if (key === axesDrawn) return;
    axesDrawn = key;
    axes.setAttribute("width", size.width);
    axes.setAttribute("height", size.height);
    const inner = plot.right - plot.left;
    across.setAttribute("transform", `translate(0,${plot.floor})`);
    for (const g of [up, shares]) g.setAttribute("transform", `translate(${plot.left},0)`);
    d3.select(across).call(d3.axisBottom(d3.scaleLinear([plot.from, plot.to], [plot.left, plot.right])).ticks(inner > 360 ? 8 : 4).tickSize(4).tickPadding(4));
    d3.select(up).call(d3.axisLeft(d3.scaleLinear(fed.range, [plot.base, plot.top])).ticks(5).tickSize(-inner).tickPadding(6));
    d3.select(shares).call(d3.axisLeft(d3.scaleLinear([0, most], [plot.floor, plot.ceiling])).tickValues([0, most]).tickFormat((v) => percent(v)).tickSize(-inner).tickPadding(6));
    const [stepName, valueName] = axisNames(state);
    setText(step, stepName);
    setText(value, valueName);
    step.setAttribute("x", plot.right);
    step.setAttribute("y", plot.floor + 33);
    value.setAttribute("transform", `translate(9,${(plot.top + plot.base) / 2}) rotate(-90)`);
    weight.setAttribute("transform", `translate(9,${(plot.ceiling + plot.floor) / 2}) rotate(-90)`);
  }

  function name() {
    const { state, fed } = app;
    const drawing = state.signal === DRAWN_BY_HAND;
    handle.setAttribute("aria-label", drawing ? "Step taken apart; up and down draw" : "Step taken apart");
    handle.setAttribute("aria-valuemin", "1");
    handle.setAttribute("aria-valuemax", String(fed.x.length));
    handle.setAttribute("aria-valuenow", String(state.at));
    handle.setAttribute("aria-valuetext", `${axisNames(state)[0]} ${state.at}, signal ${short(fed.x[state.at - 1], 3)}, average ${short(fed.out[state.at - 1], 3)}`);
  }

  steerStream(app, canvas, handle);
  return { node, resize, draw, name };
}

/** Where things lie: plot.x(step), plot.y(value), and the strip for the weights from ceiling to floor. */
function streamPlot({ width, height }, { from, to }, [low, high]) {
  const left = STREAM.left, right = width - STREAM.right, top = STREAM.top;
  const floor = height - STREAM.bottom, ceiling = floor - STREAM.weights, base = ceiling - STREAM.gap;
  const kx = (right - left) / (to - from), ky = (base - top) / (high - low);
  return {
    left, right, top, base, ceiling, floor, from, to, kx,
    x: (t) => left + (t - from) * kx,
    y: (v) => top + (high - v) * ky,
    step: (px) => Math.round(from + (px - left) / kx),
    value: (py) => high - (py - top) / ky,
  };
}

function drawSeries(context, plot, { state, fed, theme, labelFont }) {
  const first = Math.max(1, plot.from), { x, out, weights } = fed;
  const at = Math.round(plot.x(state.at)) + 0.5;
  context.lineJoin = "round";
  strokeLine(context, plot, x, first, plot.to, theme.control, 1);
  if (plot.kx > 3) {
    const most = weights[weights.length - 1];
    for (let t = first; t <= plot.to; t++) {
      const share = t <= state.at ? weights[t - 1] / most : 0;
      context.globalAlpha = 1;
      context.beginPath();
      context.arc(plot.x(t), plot.y(x[t - 1]), Math.min(3, plot.kx * 0.42), 0, 7);
      context.fillStyle = theme.control;
      context.fill();
      if (share < 0.02) continue;
      context.globalAlpha = share; // what counts in the average is seen in its color
      context.fillStyle = theme.stroke(AVERAGE_COLOR);
      context.fill();
    }
  }
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = theme.muted;
  context.beginPath();
  context.moveTo(at, plot.top - 6);
  context.lineTo(at, plot.floor);
  context.stroke();
  context.globalAlpha = 0.5;
  strokeLine(context, plot, out, Math.max(first, state.at), plot.to, theme.stroke(AVERAGE_COLOR), 2);
  context.globalAlpha = 1;
  strokeLine(context, plot, out, first, state.at, theme.stroke(AVERAGE_COLOR), 2.2);
  if (!state.correct && plot.from === 0) drawBeginning(context, plot, { fed, theme });
  if (state.signal === DRAWN_BY_HAND) dot(context, at, plot.y(out[state.at - 1]), theme.stroke(AVERAGE_COLOR), theme.bg);
  context.font = labelFont;
  const named = [[state.signal, theme.muted], [averageName(state), theme.ink(AVERAGE_COLOR)]];
  let left = plot.left + 2;
  for (const [text, ink] of named) {
    haloText(context, text, left, 9, ink, theme.bg, labelFont);
    left += textWidth(context, text) + 18;
  }
}

function averageName({ beta, correct }) {
  return `average, β ${plain(beta)}${correct ? ", corrected" : ""}`;
}

function strokeLine(context, plot, values, first, last, color, width) {
  context.beginPath();
  for (let t = first; t <= last; t++) context.lineTo(plot.x(t), plot.y(values[t - 1]));
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function dot(context, x, y, color, edge) {
  context.beginPath();
  context.arc(x, y, 4, 0, 7);
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = edge;
  context.stroke();
}

/** Where an average that is not corrected comes from: the zero before the first value. */
function drawBeginning(context, plot, { fed, theme }) {
  context.beginPath();
  context.moveTo(plot.x(0), plot.y(0));
  context.lineTo(plot.x(1), plot.y(fed.out[0]));
  context.setLineDash([2, 3]);
  context.strokeStyle = theme.stroke(AVERAGE_COLOR);
  context.lineWidth = 1.6;
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.arc(plot.x(0), plot.y(0), 3.5, 0, 7);
  context.fillStyle = theme.bg;
  context.fill();
  context.strokeStyle = theme.ink(MISSING_COLOR);
  context.stroke();
}

/** A bar under each value of the past, as high as its weight; the last 1 / (1 - beta) stand out. */
function drawWeights(context, plot, { state, fed, theme, labelFont }) {
  const { weights } = fed, most = weights[weights.length - 1], tall = plot.floor - plot.ceiling;
  const recent = state.at - Math.round(1 / (1 - state.beta));
  const wide = Math.max(1, Math.min(14, plot.kx * 0.72));
  context.fillStyle = theme.stroke(AVERAGE_COLOR);
  for (let t = Math.max(1, plot.from); t <= state.at; t++) {
    const high = (weights[t - 1] / most) * tall;
    context.globalAlpha = t > recent ? 0.95 : 0.45;
    context.fillRect(plot.x(t) - wide / 2, plot.floor - high, wide, high);
  }
  context.globalAlpha = 1;
  if (plot.from === 0 && fed.missing > 0.005) drawMissing(context, plot, fed, wide, theme, labelFont);
}

/** The weight that still lies on the zero where the average started: an empty bar, cut off where it is too tall. */
function drawMissing(context, plot, fed, wide, theme, labelFont) {
  const most = fed.weights[fed.weights.length - 1];
  const high = Math.min(1.12, fed.missing / most) * (plot.floor - plot.ceiling);
  const x = plot.x(0) - wide / 2, y = plot.floor - high;
  context.strokeStyle = theme.ink(MISSING_COLOR);
  context.lineWidth = 1.5;
  context.strokeRect(x, y, Math.max(4, wide), high);
  haloText(context, `${percent(fed.missing)} on the 0 before the start`, plot.left + Math.max(8, wide), plot.ceiling - 8, theme.ink(MISSING_COLOR), theme.bg, labelFont);
}

/** Mouse, touch and keys: move the step; and where the signal is drawn by hand, draw. */
function steerStream(app, canvas, handle) {
  const drawing = () => app.state.signal === DRAWN_BY_HAND;
  const toStep = (t, final) => app.change({ at: within(t, 1, app.fed.x.length) }, { final });
  let spot = null, pen = null;

  /** The line from the last place of the pen to this one. */
  function drawTo(px, py, final) {
    const { plot, state } = app;
    const t = within(plot.step(px), 1, state.drawn.length), v = within(plot.value(py), -1, 1);
    const from = pen || { t, v };
    const drawn = state.drawn.slice();
    const span = Math.max(1, Math.abs(t - from.t)), way = Math.sign(t - from.t);
    for (let i = 0; i <= Math.abs(t - from.t); i++) drawn[from.t - 1 + i * way] = Number((from.v + ((v - from.v) * i) / span).toFixed(2));
    pen = { t, v };
    if (from.t === t) drawn[t - 1] = Number(v.toFixed(2));
    app.change({ drawn }, { final });
  }

  draggable(canvas, {
    begin(event) {
      const box = canvas.getBoundingClientRect();
      spot = [event.clientX - box.left, event.clientY - box.top];
      pen = null;
      if (app.locked("at")) return false;
      if (drawing() && spot[1] < app.plot.base + 8) drawTo(...spot, false);
      else {
        spot[1] = Infinity;
        toStep(app.plot.step(spot[0]), false);
      }
      return true;
    },
    move(dx, dy) {
      if (spot[1] === Infinity) toStep(app.plot.step(spot[0] + dx), false);
      else drawTo(spot[0] + dx, spot[1] + dy, false);
    },
    end: () => app.settle(),
  });

  let from = 0;
  draggable(handle, {
    begin() {
      if (app.locked("at")) return false;
      from = app.state.at;
      handle.focus({ preventScroll: true });
      return true;
    },
    move: (dx) => toStep(from + Math.round(dx / app.plot.kx), false),
    end: () => app.settle(),
  });

  arrowKeys(handle, (dx, dy) => {
    if (app.locked("at")) return;
    if (dy && drawing()) {
      const drawn = app.state.drawn.slice();
      drawn[app.state.at - 1] = Number(within(drawn[app.state.at - 1] + 0.05 * dy, -1, 1).toFixed(2));
      app.change({ drawn });
    } else toStep(app.state.at + (dx || dy), true);
  });
  handle.addEventListener("keydown", (event) => {
    if (event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    toStep(event.key === "Home" ? 1 : app.fed.x.length, true);
  });
}

function within(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** 0.1 as 10%; small shares keep two digits. */
function percent(share) {
  const value = 100 * share;
  return `${value >= 9.95 ? Math.round(value) : Number(value.toPrecision(2))}%`;
}
