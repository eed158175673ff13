// Curves over any x, on linear or logarithmic axes, each named at its end; in little room, above.

const LINES = { left: 52, top: 10, bottom: 40 };
const NAMES_BESIDE = 480; // CSS pixels from which curves are named at their ends

/**
 * app.lines: [{label, color, dash, x, y, faint}], app.axes: {x: {name, log, low, high}, y: the same}, bounds as values.
 * app.state.goal, if there is one, is a corner to reach: {below, within}.
 */
function lineChart(app, label) {
  const canvas = el("canvas", { role: "img", "aria-label": label, "aria-describedby": app.wordsId });
  const picture = svg("svg", { class: "opt-axes", "aria-hidden": "true" });
  const across = svg("g", {}), up = svg("g", { class: "opt-grid" });
  const under = svg("text", { class: "opt-axis-name", "text-anchor": "end" });
  const beside = svg("text", { class: "opt-axis-name", "text-anchor": "middle" });
  picture.append(up, across, under, beside);
  const node = el("div", { class: "opt-chart opt-line-chart" }, picture, canvas);
  let size = null, context = null, axesDrawn = "";

  function resize(width, height = Math.round(Math.min(360, Math.max(250, 0.52 * width)))) {
    size = { width: Math.floor(width), height };
    node.style.height = `${size.height}px`;
    context = sizeCanvas(canvas, size.width, size.height);
    canvas.style.width = `${size.width}px`;
    canvas.style.height = `${size.height}px`;
    axesDrawn = "";
  }

  function draw() {
    const { lines, axes, theme, state } = app;
    context.clearRect(0, 0, size.width, size.height);
    context.font = app.labelFont;
    const named = lines.filter((line) => !line.faint);
    const widths = named.map((line) => textWidth(context, line.label));
    const beside = named.length > 1 && (size.width >= NAMES_BESIDE || Math.max(...widths) < 0.15 * size.width);
    const tall = size.height - LINES.top - LINES.bottom;
    const lying = textWidth(context, axes.y.name) > tall - 20; // a name too long to stand lies above
    const legend = beside ? [] : legendPlaces(widths, LINES.left, size.width);
    const plot = {
      left: LINES.left, top: LINES.top + (beside ? 0 : 8 + 18 * (1 + legend[legend.length - 1].row)) + (lying ? 22 : 0),
      right: size.width - (beside ? Math.ceil(Math.min(0.34 * size.width, Math.max(...widths))) + 16 : 12), bottom: size.height - LINES.bottom,
    };
    const x = axisScale(axes.x, plot.left, plot.right), y = axisScale(axes.y, plot.bottom, plot.top);
    drawAxes(plot, x, y, axes, lying);
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top - 2, plot.right - plot.left + 2, plot.bottom - plot.top + 4);
    context.clip();
    if (state.goal) drawCorner(context, plot, x(state.goal.within), y(state.goal.below), theme);
    context.lineJoin = "round";
    for (const line of lines) drawLine(context, x, y, line, theme);
    context.restore();
    context.setLineDash([]);
    if (beside) nameLines(context, plot, x, y, named, app);
    else drawLegend(context, legend, named, app);
  }

  function drawAxes(plot, x, y, axes, lying) {
    const key = JSON.stringify([axes, plot]);
    if (key === axesDrawn) return;
    axesDrawn = key;
    picture.setAttribute("width", size.width);
    picture.setAttribute("height", size.height);
    across.setAttribute("transform", `translate(0,${plot.bottom})`);
    up.setAttribute("transform", `translate(${plot.left},0)`);
    d3.select(across).call(ticked(d3.axisBottom(x.scale), axes.x, plot.right - plot.left > 300 ? 6 : 4).tickSize(4).tickPadding(4));
    d3.select(up).call(ticked(d3.axisLeft(y.scale), axes.y, 6).tickSize(plot.left - plot.right).tickPadding(6));
    setText(under, axes.x.name);
    setText(beside, axes.y.name);
    under.setAttribute("x", plot.right);
    under.setAttribute("y", plot.bottom + 34);
    beside.setAttribute("transform", lying ? `translate(0,${plot.top - 12})` : `translate(9,${(plot.top + plot.bottom) / 2}) rotate(-90)`);
    beside.setAttribute("text-anchor", lying ? "start" : "middle");
  }

  return { node, resize, draw };
}

/** Pixels from values; what a log axis cannot show lies beyond its low end. */
function axisScale({ log, low, high }, from, to) {
  const scale = (log ? d3.scaleLog() : d3.scaleLinear()).domain([low, high]).range([from, to]);
  const beyond = from + (from > to ? 40 : -40);
  const place = log ? (v) => (v > 0 ? scale(v) : v === v ? beyond : NaN) : (v) => scale(v);
  place.scale = scale;
  return place;
}

/** Where names stand above the plot, in rows as they fit. */
function legendPlaces(widths, left, right) {
  let x = left, row = 0;
  return widths.map((width) => {
    if (x > left && x + 26 + width > right) [x, row] = [left, row + 1];
    const place = { x, row };
    x += 26 + width + 16;
    return place;
  });
}

function drawLegend(context, places, lines, { theme, labelFont }) {
  lines.forEach(({ label, color, dash }, i) => {
    const { x, row } = places[i], y = 9 + 18 * row;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 20, y);
    context.lineWidth = 2;
    context.strokeStyle = theme.stroke(color);
    context.setLineDash(dash);
    context.stroke();
    context.setLineDash([]);
    haloText(context, label, x + 26, y, theme.ink(color), theme.bg, labelFont);
  });
}

/** Ticks on an axis: whole decades where there are several, and 2 and 5 between where there are few. */
function ticked(axis, { log, low, high }, about) {
  if (!log) return axis.ticks(about);
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (Math.log10(high / low) < 2.5) {
    const values = [];
    for (let e = first - 1; e <= last; e++) for (const m of [1, 2, 5]) values.push(m * 10 ** e);
    return axis.tickValues(values.filter((v) => v >= low * 0.999 && v <= high * 1.001)).tickFormat((v) => short(v));
  }
  const every = Math.ceil((last - first) / about), values = [];
  for (let e = last; e >= first; e -= every) values.push(10 ** e);
  return axis.tickValues(values).tickFormat(powerOfTen);
}

/** Bounds for an axis around [low, high]: 1, 2 or 5 times a power of ten, or d3's nice numbers. */
function axisBounds(name, log, low, high) {
  if (!log) {
    const [from, to] = d3.scaleLinear([low, high === low ? low + 1 : high], [0, 1]).nice(6).domain();
    return { name, log, low: from, high: to };
  }
  const round = (value, fits) => {
    const decade = Math.floor(Math.log10(value));
    const choices = [1, 2, 5, 10].map((m) => Number(`${m}e${decade}`));
    return fits(choices);
  };
  return {
    name, log,
    low: round(low, (choices) => choices.filter((v) => v <= low * 1.001).pop()),
    high: round(high > low ? high : 10 * low, (choices) => choices.find((v) => v >= (high > low ? high : 10 * low) * 0.999)),
  };
}

function drawLine(context, x, y, { color, dash, faint, ...line }, theme) {
  context.beginPath();
  let open = false;
  for (let i = 0; i < line.x.length; i++) {
    const px = x(line.x[i]), py = Math.max(-1e4, Math.min(1e4, y(line.y[i])));
    if (!Number.isFinite(px) || Number.isNaN(py)) open = false;
    else if (open) context.lineTo(px, py);
    else {
      context.moveTo(px, py);
      open = true;
    }
  }
  context.globalAlpha = faint ? 0.2 : 1;
  context.lineWidth = faint ? 1.2 : 2;
  context.strokeStyle = theme.stroke(color);
  context.setLineDash(dash);
  context.stroke();
  context.globalAlpha = 1;
}

function drawCorner(context, plot, right, top, theme) {
  const edge = Math.min(right, plot.right), high = Math.min(plot.bottom - 3, top);
  context.fillStyle = theme.good;
  context.globalAlpha = 0.1;
  context.fillRect(plot.left, high, edge - plot.left, plot.bottom - high);
  context.globalAlpha = 0.8;
  context.beginPath();
  context.moveTo(plot.left, high);
  context.lineTo(edge, high);
  context.lineTo(edge, plot.bottom);
  context.lineWidth = 1;
  context.strokeStyle = theme.good;
  context.stroke();
  context.globalAlpha = 1;
}

/** Each curve's name at its last value. */
function nameLines(context, plot, x, y, lines, { theme, labelFont }) {
  const ends = lines.map((line) => {
    const last = lastFinite(line.y);
    return last < 0 ? null : { line, x: x(line.x[last]), y: Math.max(plot.top + 4, Math.min(plot.bottom - 4, y(line.y[last]))) };
  }).filter(Boolean);
  spread(ends.map((end) => end.y), LINE_HEIGHT - 1, plot.top + 4, plot.bottom - 4).forEach((height, i) => {
    const end = ends[i];
    context.strokeStyle = theme.stroke(end.line.color);
    context.lineWidth = 1;
    if (Math.abs(height - end.y) > 3) {
      context.beginPath();
      context.moveTo(end.x + 1, end.y);
      context.lineTo(end.x + 7, height);
      context.stroke();
    }
    haloText(context, end.line.label, end.x + 9, height, theme.ink(end.line.color), theme.bg, labelFont);
  });
}

function lastFinite(values) {
  let i = values.length - 1;
  while (i >= 0 && !Number.isFinite(values[i])) i--;
  return i;
}
