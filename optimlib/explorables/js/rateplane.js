// The plane of learning rate and beta: color is measured, lines are predicted, a point to drag.

const RATE_LEVELS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]; // steps to a tenth of the distance
const FIELD_CELLS = [160, 120], THEORY_CELLS = [145, 109], MOVING_THEORY_CELLS = [61, 46];
const SLICE = 10; // ms of measuring in a frame
const LR_TICKS = [0.01, 0.1, 1], BETA_TICKS = [0, 0.5, 0.9, 0.99, 0.999];
const REGIONS = {
  creeps: "creeps", "ripples creeps": "ripples across, creeps along", "zigzags creeps": "zigzags, creeps",
  ripples: "ripples", "zigzags ripples": "zigzags across, ripples along", zigzags: "zigzags", diverges: "diverges",
};

function ratePlane(app) {
  const ground = el("canvas", { "aria-hidden": "true" });
  const lines = el("canvas", { role: "img", "aria-label": "Plane of learning rate and beta", "aria-describedby": app.wordsId });
  const axes = svg("svg", { class: "opt-axes", "aria-hidden": "true" });
  const across = svg("g", {}), up = svg("g", {});
  const under = svg("text", { class: "opt-axis-name", "text-anchor": "end" }), beside = svg("text", { class: "opt-axis-name", "text-anchor": "middle" });
  setText(under, "learning rate × L");
  axes.append(across, up, under, beside);
  const handle = el("div", {
    class: "opt-handle", role: "slider", tabindex: "0", "aria-label": "Learning rate and beta",
    "aria-roledescription": "point on a plane", "data-control": "point",
  });
  const sheet = el("div", { class: "opt-sheet" }, ground, lines, handle);
  const node = el("div", { class: "opt-map opt-plane" }, axes, sheet);
  const tiles = document.createElement("canvas");
  let view = null, below = null, above = null;

  function resize(width) {
    const inner = Math.max(140, Math.floor(width - 42)), height = Math.round(0.84 * inner);
    node.style.paddingLeft = "42px";
    node.style.paddingBottom = "38px";
    view = mapView(PLANE.box, inner, height);
    sheet.style.width = `${inner}px`;
    sheet.style.height = `${height}px`;
    below = sizeCanvas(ground, inner, height);
    above = sizeCanvas(lines, inner, height);
    drawAxes();
    return height;
  }

  function drawAxes() {
    axes.setAttribute("width", view.width + 42);
    axes.setAttribute("height", view.height + 38);
    across.setAttribute("transform", `translate(42,${view.height})`);
    up.setAttribute("transform", "translate(42,0)");
    const [[left, right], [bottom, top]] = PLANE.box;
    const u = (lr) => Math.log10(lr), w = (beta) => -Math.log10(1 - beta);
    d3.select(across).call(d3.axisBottom(d3.scaleLinear([left, right], [0, view.width])).tickValues([...LR_TICKS, 2, 4].map(u)).tickFormat((v) => plain(Number((10 ** v).toPrecision(3)))).tickSize(4).tickPadding(4));
    d3.select(up).call(d3.axisLeft(d3.scaleLinear([bottom, top], [view.height, 0])).tickValues(BETA_TICKS.map(w)).tickFormat((v) => plain(Number((1 - 10 ** -v).toFixed(3)))).tickSize(4).tickPadding(4));
    under.setAttribute("x", view.width + 42);
    under.setAttribute("y", view.height + 34);
    beside.setAttribute("x", 8);
    beside.setAttribute("y", view.height / 2);
  }

  /** A rule without beta has nothing to read off the upright axis. */
  function nameAxes() {
    const upright = hasBeta(app.state.rule);
    setText(beside, upright ? "β" : "");
    up.style.display = upright ? "" : "none";
  }

  /** The measured part: each cell in the color of its rate. */
  function drawField() {
    const { field, theme } = app;
    const [width, height] = [field.across, field.down];
    tiles.width = width;
    tiles.height = height;
    const context = tiles.getContext("2d"), image = context.createImageData(width, height), shades = shadesFor(theme);
    for (let i = 0; i < field.rates.length; i++) image.data.set(shadeOf(field.rates[i], shades), 4 * i);
    context.putImageData(image, 0, 0);
    below.imageSmoothingEnabled = false;
    below.clearRect(0, 0, view.width, view.height);
    below.drawImage(tiles, 0, 0, view.width, view.height);
  }

  /** The predicted part, and what is written on the plane. */
  function drawTheory() {
    const { theory, theme, best, labelFont } = app;
    nameAxes();
    above.clearRect(0, 0, view.width, view.height);
    above.setLineDash([]);
    above.lineWidth = 0.9;
    above.strokeStyle = theme.muted;
    above.globalAlpha = 0.65;
    for (const level of theory.lines) above.stroke(outlineOf(level.shape, view, theory.cells));
    above.globalAlpha = 1;
    above.setLineDash([2, 4]);
    above.lineWidth = 1.6;
    for (const { color, shape } of theory.borders) {
      above.strokeStyle = theme.stroke(color);
      above.stroke(outlineOf(shape, view, theory.cells));
    }
    above.setLineDash([]);
    above.lineWidth = 2;
    above.strokeStyle = theme.bad;
    above.beginPath();
    for (const [u, w] of theory.edge) above.lineTo(view.x(u), view.y(w));
    above.stroke();
    numberLines(above, view, app);
    above.font = labelFont;
    for (const region of theory.regions) nameRegion(above, region, view, theme, labelFont);
    if (best) drawBest(above, view, placeOf(best, app.state.rule), theme);
  }

  function placeHandle() {
    const [u, w] = placeOf(app.state, app.state.rule);
    handle.style.transform = `translate(${view.x(u).toFixed(1)}px,${view.y(w).toFixed(1)}px)`;
  }

  function name() {
    const { lr, beta } = app.state;
    handle.setAttribute("aria-valuetext", `learning rate ${plain(lr)}${hasBeta(app.state.rule) ? `, beta ${plain(beta)}` : ""}`);
    handle.setAttribute("aria-valuenow", plain(lr));
    handle.setAttribute("aria-valuemin", "0.01");
    handle.setAttribute("aria-valuemax", "5");
  }

  const where = { get state() { return { start: placeOf(app.state, app.state.rule) }; }, settle: () => app.settle() };
  steerStart(where, sheet, handle, () => view, (u, w, final) => app.change(pointAt(u, w, app.state), { final }));
  return { node, resize, drawField, drawTheory, placeHandle, name, setLocked: () => lockHandle(handle, ["point", "lr", "beta"].some(app.locked)) };
}

/** Where a point lies on the plane; a rule without beta has it at half height, where it can be seen. */
function placeOf(point, rule) {
  const [u, w] = PLANE.place(point);
  return [u, hasBeta(rule) ? w : (PLANE.box[1][0] + PLANE.box[1][1]) / 2];
}

/** The hyper-parameters at a place on the plane, with few digits, so that they can be read and typed. */
function pointAt(u, w, { rule }) {
  const [[left, right], [bottom, top]] = PLANE.box;
  const [lr, beta] = PLANE.values(Math.min(right, Math.max(left, u)), Math.min(top, Math.max(bottom, w)));
  return { lr: Number(lr.toPrecision(3)), beta: hasBeta(rule) ? Number((1 - Number((1 - beta).toPrecision(3))).toFixed(6)) : 0 };
}

function hasBeta(rule) {
  return BOOK.rules[rule].hyper.includes("beta");
}

/** Shades for the levels, from slow to fast, and one for what diverges, as [r, g, b, alpha]. */
function shadesFor(theme) {
  const from = rgb(theme.map), to = rgb(theme.accent);
  const shade = (share) => [...from.map((c, i) => Math.round(c + share * (to[i] - c))), 255];
  const levels = Array.from({ length: RATE_LEVELS.length + 1 }, (_, i) => shade(0.78 * (1 - i / RATE_LEVELS.length)));
  const bad = rgb(theme.bad);
  return { levels, diverged: [...from.map((c, i) => Math.round(c + 0.14 * (bad[i] - c))), 255], unknown: [0, 0, 0, 0] };
}

function shadeOf(rate, shades) {
  if (rate !== rate) return shades.unknown;
  if (rate >= 1) return shades.diverged;
  const steps = stepsPerDigit(rate);
  let i = 0;
  while (i < RATE_LEVELS.length && steps > RATE_LEVELS[i]) i++;
  return shades.levels[i];
}

/** Everything predicted, on a grid: lines of equal rate, the edge of divergence, and where each regime lies. */
function predictPlane(rule, kappa, cells) {
  const [across, down] = cells, [[left, right], [bottom, top]] = PLANE.box;
  const heights = new Float64Array(across * down), names = new Array(across * down);
  const swings = [new Float64Array(across * down), new Float64Array(across * down)];
  for (let j = 0, at = 0; j < down; j++) {
    const w = top - (j / (down - 1)) * (top - bottom);
    for (let i = 0; i < across; i++, at++) {
      const [along, steep] = stepMatrices(rule, PLANE.hyper(rule, left + (i / (across - 1)) * (right - left), w), kappa);
      [along, steep].forEach((matrix, which) => (swings[which][at] = swing(matrix)));
      heights[at] = -Math.log(Math.max(1e-12, radiusOf(along), radiusOf(steep))); // below 0 beyond the edge
      names[at] = regime(manner(steep), manner(along));
    }
  }
  const contours = d3.contours().size([across, down]);
  const shape = (height) => contours.contour(heights, height);
  const borders = swings.map((values, which) => ({ color: [ALONG_COLOR, ACROSS_COLOR][which], shape: contours.contour(values, 0) }));
  const lines = RATE_LEVELS.map((steps) => ({ steps, shape: shape(Math.LN10 / steps) })).filter(({ shape: s }) => s.coordinates.length);
  lines.forEach((line, i) => (line.label = labelSpot(line.shape, `${line.steps}`, 0.16 + 0.1 * (i % 3), cells)));
  return { cells, lines, borders, edge: edgeOf(rule, kappa), regions: regionsOf(names, across, down) };
}

/** Where the rule begins to diverge: for each beta the learning rate, by halving. */
function edgeOf(rule, kappa) {
  const [[left, right], [bottom, top]] = PLANE.box, rows = 120, points = [];
  for (let j = 0; j <= rows; j++) {
    const w = bottom + (j / rows) * (top - bottom);
    let low = left, high = right;
    for (let round = 0; round < 22; round++) {
      const u = (low + high) / 2;
      if (predictedRate(rule, PLANE.hyper(rule, u, w), kappa) < 1) low = u;
      else high = u;
    }
    points.push([low, w]);
  }
  return points;
}

/** Above zero where a direction ripples: what is under the root in its eigenvalues, with the sign turned, bounded. */
function swing({ tr, det }) {
  const under = det - (tr * tr) / 4;
  return under / (Math.abs(under) + 1e-3 * Math.abs(det) + 1e-12);
}

/** One word where both directions behave alike, else "ripples creeps": across, then along. */
function regime(across, along) {
  if (across === "diverges" || along === "diverges") return "diverges";
  return across === along ? across : `${across} ${along}`;
}

function outlineOf(shape, view, cells) {
  const [across, down] = cells, path = new Path2D();
  const toX = view.width / (across - 1), toY = view.height / (down - 1);
  for (const rings of shape.coordinates) {
    for (const ring of rings) {
      ring.forEach(([u, v], i) => {
        const x = (u - 0.5) * toX, y = (v - 0.5) * toY;
        // A ring closes along the border of the grid: no line is drawn there.
        if (i === 0 || (onBorder(u, v, cells) && onBorder(...ring[i - 1], cells))) path.moveTo(x, y);
        else path.lineTo(x, y);
      });
    }
  }
  return path;
}

function onBorder(u, v, [across, down]) {
  return u <= 0.5 || v <= 0.5 || u >= across - 0.5 || v >= down - 0.5;
}

/** Where the number of a line stands, as shares of the plane: where the line crosses a column; or null. */
function labelSpot(shape, text, share, cells) {
  const [across, down] = cells;
  const first = Math.min(...shape.coordinates.flat(2).map(([u]) => u));
  const column = Math.max(share * across, first + 0.12 * across); // a line that begins later has its number later
  const far = ([u, v]) => Math.abs(u - column) + 0.05 * Math.abs(v - (0.1 + 2 * share) * down);
  let best = null;
  for (const ring of shape.coordinates.flat()) {
    for (const [u, v] of ring) {
      if (onBorder(u, v, cells) || v < 0.04 * down || v > 0.94 * down) continue;
      if (!best || far([u, v]) < far(best)) best = [u, v];
    }
  }
  return best && { text, x: best[0] / across, y: best[1] / down };
}

/** The numbers on the lines, those that have room. */
function numberLines(context, view, { theory, theme, best, labelFont, state }) {
  const small = labelFont.replace("12px", "10.5px"), [u, w] = placeOf(best, state.rule);
  const taken = [[view.x(u), view.y(w)]];
  context.font = small;
  for (const { label } of theory.lines) {
    if (!label) continue;
    const x = label.x * view.width, y = label.y * view.height, wide = textWidth(context, label.text);
    if (x + wide / 2 > view.width - 4 || taken.some(([a, b]) => Math.abs(x - a) < 26 && Math.abs(y - b) < 15)) continue;
    taken.push([x, y]);
    haloText(context, label.text, x - wide / 2, y, theme.muted, theme.map, small);
  }
}

/** For each regime the largest square in it: its center and its side, as shares of the plane. */
function regionsOf(names, across, down) {
  const room = new Int16Array(across * down), best = {};
  for (let j = 0, at = 0; j < down; j++) {
    for (let i = 0; i < across; i++, at++) {
      const same = i > 0 && j > 0 && names[at] === names[at - 1] && names[at] === names[at - across] && names[at] === names[at - across - 1];
      room[at] = same ? 1 + Math.min(room[at - 1], room[at - across], room[at - across - 1]) : 1;
      const known = best[names[at]];
      if (!known || room[at] > known.side) best[names[at]] = { name: names[at], side: room[at], x: (i - room[at] / 2) / (across - 1), y: (j - room[at] / 2) / (down - 1) };
    }
  }
  return Object.values(best).map((one) => ({ ...one, side: one.side / across })).filter(({ side }) => side > 0.06);
}

/** A regime's name where it has most room; upright in a strip that is too narrow, and not at all in a wedge. */
function nameRegion(context, { name, side, x, y }, view, theme, font) {
  const words = REGIONS[name].split(", "), room = side * view.width;
  if (name === "diverges" && room < 1.1 * textWidth(context, name)) {
    context.save();
    context.translate(view.width - 9, view.height * 0.3);
    context.rotate(Math.PI / 2);
    haloText(context, name, 0, 0, theme.fg, theme.map, font);
    context.restore();
    return;
  }
  if (room < 0.6 * Math.max(...words.map((line) => textWidth(context, line)))) return;
  words.forEach((line, i) => {
    const wide = textWidth(context, line);
    const at = Math.min(view.width - wide - 4, Math.max(4, x * view.width - wide / 2));
    haloText(context, line, at, y * view.height + (i - (words.length - 1) / 2) * LINE_HEIGHT, theme.fg, theme.map, font);
  });
}

function drawBest(context, view, [u, w], theme) {
  context.beginPath();
  for (const [dx, dy] of [[7, 0], [0, 7]]) {
    context.moveTo(view.x(u) - dx, view.y(w) - dy);
    context.lineTo(view.x(u) + dx, view.y(w) + dy);
  }
  context.strokeStyle = theme.map;
  context.lineWidth = 5;
  context.stroke();
  context.strokeStyle = theme.fg;
  context.lineWidth = 2;
  context.stroke();
}
