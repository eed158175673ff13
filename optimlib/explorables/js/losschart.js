// Loss against step, beside the map. Dragging on it moves the step shown.

const CHART = { left: 50, top: 8, bottom: 24 };
const DECADES_SHOWN = 18;
const CROWD = 8;

function chartPanel(app) {
  const canvas = el("canvas", {
    role: "img", "aria-label": "Loss of each rule against step", "aria-describedby": app.wordsId,
  });
  const axes = svg("svg", { class: "opt-axes", "aria-hidden": "true" });
  const horizontal = svg("g", {}), vertical = svg("g", { class: "opt-grid" });
  const loss = svg("text", { class: "opt-axis-name", "text-anchor": "middle" });
  const steps = svg("text", { class: "opt-axis-name", "text-anchor": "end" });
  loss.textContent = "loss";
  steps.textContent = "step";
  axes.append(vertical, horizontal, loss, steps);
  const node = el("div", { class: "opt-chart" }, axes, canvas);

  let size = null, context = null, axesDrawn = "";

  function resize(width, height) {
    size = { width: Math.floor(width), height: Math.floor(height) };
    node.style.height = `${size.height}px`;
    context = sizeCanvas(canvas, size.width, size.height);
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    axesDrawn = "";
  }

  function draw() {
    const { theme, state, runs } = app;
    context.clearRect(0, 0, size.width, size.height);
    context.font = app.labelFont;
    const room = Math.max(24, ...runs.map((one) => textWidth(context, one.label)));
    const plot = {
      left: CHART.left, right: size.width - Math.ceil(room) - 14,
      top: CHART.top, bottom: size.height - CHART.bottom, steps: state.steps,
    };
    const scale = lossScale(runs, plot, app.land.meta.levels === "log" || runs.length === 0, state.goal);
    drawAxes(plot, scale);
    if (state.goal) drawGoal(context, plot, scale, state.goal, theme);
    if (state.step < state.steps) drawStep(context, plot, state.step, theme);
    context.lineWidth = runs.length > CROWD ? 1 : 1.7; // thin lines are told apart better, and drawn twice as fast
    for (const one of runs) {
      context.strokeStyle = theme.stroke(one.color);
      drawCurve(pen(context, one.dash), plot, scale, one.trace, state.step);
    }
    drawNames(context, plot, scale, app);
    app.plot = plot;
  }

  function drawAxes(plot, scale) {
    const key = [scale.log, scale.low, scale.high, plot.right, plot.steps].join();
    if (key === axesDrawn) return; // the axes are the only part that costs layout, and they seldom change
    axesDrawn = key;
    axes.setAttribute("width", size.width);
    axes.setAttribute("height", size.height);
    const across = d3.scaleLinear([0, plot.steps], [plot.left, plot.right]);
    horizontal.setAttribute("transform", `translate(0,${plot.bottom})`);
    const few = plot.right - plot.left < 220;
    d3.select(horizontal).call(d3.axisBottom(across).ticks(few ? 3 : 5).tickSize(4).tickPadding(4));
    vertical.setAttribute("transform", `translate(${plot.left},0)`);
    d3.select(vertical).call(verticalAxis(plot, scale));
    steps.setAttribute("x", size.width - 2);
    steps.setAttribute("y", plot.bottom + 17);
    loss.setAttribute("transform", `translate(9,${(plot.top + plot.bottom) / 2}) rotate(-90)`);
  }

  scrubOnChart(app, canvas);
  return { node, resize, draw };
}

function scrubOnChart(app, canvas) {
  let left = 0;
  const stepAt = (event) => {
    const { plot, state } = app;
    const share = (event.clientX - left - plot.left) / (plot.right - plot.left);
    return Math.round(Math.min(1, Math.max(0, share)) * state.steps);
  };
  draggable(canvas, {
    begin(event) {
      if (app.locked("play")) return false;
      left = canvas.getBoundingClientRect().left;
      app.pause();
      app.change({ step: stepAt(event) }, { final: false });
      return true;
    },
    move: (dx, dy, event) => app.change({ step: stepAt(event) }, { final: false }),
    end: () => app.settle(),
  });
}

/** Where a loss lies on the chart: scale.y(loss). Logarithmic where the landscape asks for it and nothing is negative. */
function lossScale(runs, plot, wantsLog, goal) {
  let low = Infinity, lowPositive = Infinity, high = -Infinity;
  const first = runs.length ? runs[0].trace.f[0] : 1;
  for (const { trace } of runs) {
    const { f, steps, stopped } = trace;
    const n = stopped >= 0 ? stopped : steps + 1;
    for (let t = 0; t < n; t++) {
      const value = f[t];
      if (value < low) low = value;
      if (value > high) high = value;
      if (value > 0 && value < lowPositive) lowPositive = value;
    }
  }
  if (goal) {
    // The reader has to see where to go.
    low = Math.min(low, goal.below);
    lowPositive = Math.min(lowPositive, goal.below > 0 ? goal.below / 2 : lowPositive);
  }
  const tall = plot.bottom - plot.top;
  if (wantsLog && !(low < 0)) {
    // A run that diverges leaves through the top: it must not flatten everybody else.
    const top = Number.isFinite(high) && high > 0 ? Math.min(high, 100 * Math.max(first, lowPositive)) : 1;
    const to = Math.ceil(Math.log10(top) - 1e-9);
    const least = Number.isFinite(lowPositive) ? Math.floor(Math.log10(lowPositive)) : to - 3;
    const from = Math.max(to - DECADES_SHOWN, Math.min(to - 2, least));
    const k = tall / (to - from);
    const y = (f) => (f > 0 ? inPlot(plot, plot.top + (to - Math.log10(f)) * k) : plot.bottom);
    return { log: true, low: from, high: to, y };
  }
  const span = Math.max(first - low, 1e-9);
  const nice = d3.scaleLinear([low, Math.min(high, first + 0.25 * span)], [0, 1]).nice(5).domain();
  const k = tall / (nice[1] - nice[0]);
  return { log: false, low: nice[0], high: nice[1], y: (f) => inPlot(plot, plot.top + (nice[1] - f) * k) };
}

function inPlot(plot, y) {
  return Math.min(plot.bottom, Math.max(plot.top, y));
}

function verticalAxis(plot, scale) {
  const axis = d3.axisLeft().tickSize(-(plot.right - plot.left)).tickPadding(6);
  if (!scale.log) return axis.scale(d3.scaleLinear([scale.low, scale.high], [plot.bottom, plot.top])).ticks(5);
  const every = Math.ceil((scale.high - scale.low) / 7);
  const ticks = [];
  for (let e = scale.high; e >= scale.low; e -= every) ticks.push(10 ** e);
  const up = d3.scaleLog([10 ** scale.low, 10 ** scale.high], [plot.bottom, plot.top]);
  return axis.scale(up).tickValues(ticks).tickFormat(powerOfTen);
}

function stepX(plot, step) {
  return plot.left + (step / plot.steps) * (plot.right - plot.left);
}

function drawStep(context, plot, step, theme) {
  const x = Math.round(stepX(plot, step)) + 0.5;
  context.beginPath();
  context.moveTo(x, plot.top);
  context.lineTo(x, plot.bottom);
  context.lineWidth = 1;
  context.strokeStyle = theme.muted;
  context.stroke();
}

/** The corner a curve has to enter. */
function drawGoal(context, plot, scale, goal, theme) {
  const right = stepX(plot, Math.min(goal.within, plot.steps)), top = scale.y(goal.below);
  context.fillStyle = theme.good;
  context.globalAlpha = 0.1;
  context.fillRect(plot.left, top, right - plot.left, plot.bottom - top);
  context.globalAlpha = 0.8;
  context.beginPath();
  context.moveTo(plot.left, top);
  context.lineTo(right, top);
  context.lineTo(right, plot.bottom);
  context.lineWidth = 1;
  context.strokeStyle = theme.good;
  context.stroke();
  context.globalAlpha = 1;
  const inside = plot.bottom - top > 18;
  haloText(context, "goal", plot.left + 5, inside ? top + 10 : top - 9, theme.ink(theme.good), theme.bg, context.font);
}

/** A curve up to `step`. Where several steps share a pixel, that pixel gets their lowest and their highest loss. */
function drawCurve(line, plot, scale, { f, stopped, steps }, step) {
  const last = exitStep({ f, stopped }, step, plot, scale);
  const perStep = (plot.right - plot.left) / steps;
  if (perStep >= 0.5) {
    straightened(line, last, perStep, plot.left, (t) => scale.y(f[t]));
  } else {
    for (let t = 0; t <= last; ) {
      const pixel = Math.floor(t * perStep);
      let least = Infinity, most = -Infinity;
      for (; t <= last && Math.floor(t * perStep) === pixel; t++) {
        const y = scale.y(f[t]);
        if (y < least) least = y;
        if (y > most) most = y;
      }
      line.to(plot.left + pixel, most);
      line.to(plot.left + pixel, least);
    }
  }
  line.end();
}

/** A line through points with as few corners as stay within a third of a pixel of all of them. */
function straightened(line, last, dx, left, y) {
  let anchor = 0, anchorY = y(0), low = -Infinity, high = Infinity, before = anchorY;
  line.to(left, anchorY);
  for (let t = 1; t <= last; t++) {
    const now = y(t);
    let way = (t - anchor) * dx;
    const slope = (now - anchorY) / way;
    if (slope < low || slope > high) {
      line.to(left + (t - 1) * dx, before);
      anchor = t - 1;
      anchorY = before;
      low = -Infinity;
      high = Infinity;
      way = dx;
    }
    low = Math.max(low, (now - anchorY - 0.33) / way);
    high = Math.min(high, (now - anchorY + 0.33) / way);
    before = now;
  }
  line.to(left + last * dx, before);
}

/** Each curve's name at its end. A run that diverged says so where it leaves. */
function drawNames(context, plot, scale, { runs, state, theme, labelFont }) {
  context.setLineDash([]);
  const x = stepX(plot, state.step);
  const staying = runs.filter(({ trace }) => standing(trace, state.step) === "going");
  const wanted = staying.map(({ trace }) => scale.y(trace.f[state.step]));
  spread(wanted, LINE_HEIGHT - 1, plot.top + 4, plot.bottom - 5).forEach((y, i) => {
    const { label, color } = staying[i];
    context.strokeStyle = context.fillStyle = theme.stroke(color);
    context.lineWidth = 1;
    if (Math.abs(y - wanted[i]) > 3) {
      context.beginPath();
      context.moveTo(x + 1, wanted[i]);
      context.lineTo(x + 7, y);
      context.stroke();
    }
    haloText(context, label, x + 9, y, theme.ink(color), theme.bg, labelFont);
  });
  runs.filter((one) => !staying.includes(one)).forEach(({ label, color, trace }, i) => {
    const lost = standing(trace, state.step) === "lost";
    const text = lost ? `${label} diverged at step ${trace.stopped}` : `${label} runs away`;
    const out = stepX(plot, exitStep(trace, state.step, plot, scale));
    const width = textWidth(context, text), fits = out + 8 + width < plot.right;
    const beside = fits ? out + 8 : Math.max(plot.left + 4, out - 8 - width);
    haloText(context, text, beside, plot.top + 8 + LINE_HEIGHT * i, theme.ink(color), theme.bg, labelFont);
  });
}

/** The last step that the chart shows of a curve: `step`, or where before that it has reached the top for good. */
function exitStep({ f, stopped }, step, plot, scale) {
  let t = stopped >= 0 ? Math.min(step, stopped - 1) : step;
  while (t > 0 && scale.y(f[t - 1]) <= plot.top) t--;
  return t;
}
