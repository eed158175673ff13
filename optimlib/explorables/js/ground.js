// The map's ground: a quiet topographic map of the landscape, a few thin contour lines over a faint tint.

const LEVELS = 11;

/** A landscape as the map needs it: its traced code, parameters in order, box, and minima where they are now. */
function landNow(state) {
  const code = BOOK.landscapes[state.landscape];
  const meta = BOOK.meta.landscapes[state.landscape];
  const params = code.params.map((name) => valueOr(state.params[name], meta.params[name].default));
  return {
    code, meta, params, box: meta.box,
    minima: meta.minima.map((at) => settle(code, params, at)).filter(Boolean),
  };
}

function valueOr(value, fallback) {
  return value === undefined || value === null ? fallback : value;
}

/** Pixels from coordinates on a map of this size: view.x(x), view.y(y), and the other way. */
function mapView(box, width, height) {
  const [[left, right], [bottom, top]] = box;
  const kx = width / (right - left), ky = height / (top - bottom);
  return {
    width, height, box,
    x: (x) => (x - left) * kx,
    y: (y) => (top - y) * ky,
    left, top, kx, ky,
    at: (px, py) => [left + px / kx, top - py / ky],
  };
}

/** Draws tint, contour lines and minima. `cells` a side: few while a slider moves, more once it rests. */
function drawGround(context, view, land, theme, cells) {
  context.clearRect(0, 0, view.width, view.height);
  const { heights, levels } = relief(land, cells);
  const toX = view.width / (cells - 1), toY = view.height / (cells - 1);
  context.lineJoin = "round";
  context.lineWidth = 0.8;
  for (const shape of d3.contours().size([cells, cells]).thresholds(levels)(heights)) {
    const outline = new Path2D();
    for (const rings of shape.coordinates) for (const ring of rings) trail(outline, ring, toX, toY);
    context.fillStyle = theme.slope;
    context.fill(outline);
    context.strokeStyle = theme.contour;
    context.stroke(outline);
  }
  for (const [x, y] of land.minima) drawMinimum(context, view.x(x), view.y(y), theme);
}

function trail(path, ring, toX, toY) {
  ring.forEach(([u, v], i) => {
    const x = (u - 0.5) * toX, y = (v - 0.5) * toY; // d3 puts a sample in the middle of its cell
    if (i === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  });
  path.closePath();
}

/** Heights on a grid, on a scale on which evenly spaced contour lines show valleys and slopes alike. */
function relief(land, cells) {
  const [[left, right], [bottom, top]] = land.box;
  const heights = new Float64Array(cells * cells);
  const p = [0, 0];
  let low = Infinity;
  for (let j = 0, at = 0; j < cells; j++) {
    p[1] = top + (j / (cells - 1)) * (bottom - top);
    for (let i = 0; i < cells; i++, at++) {
      p[0] = left + (i / (cells - 1)) * (right - left);
      const f = land.code.f(p, land.params);
      heights[at] = f;
      if (f < low) low = f;
    }
  }
  for (const at of land.minima) low = Math.min(low, land.code.f(at, land.params));
  const sorted = heights.filter((_, i) => i % 7 === 0).sort();
  // A valley narrower than the grid would break into beads: the scale is soft below what the grid resolves.
  const soft = sorted[Math.floor(0.03 * sorted.length)] - low || 1;
  const scale = land.meta.levels === "log" ? (f) => Math.log1p((f - low) / soft) : (f) => Math.sqrt(f - low);
  for (let i = 0; i < heights.length; i++) heights[i] = scale(heights[i]);
  const first = scale(low + soft), last = scale(sorted[Math.floor(0.995 * sorted.length)]);
  const levels = Array.from({ length: LEVELS }, (_, i) => first + ((last - first) * i) / LEVELS);
  return { heights, levels };
}

function drawMinimum(context, x, y, theme) {
  context.beginPath();
  for (const [dx, dy] of [[5, 0], [0, 5]]) {
    context.moveTo(x - dx, y - dy);
    context.lineTo(x + dx, y + dy);
  }
  context.strokeStyle = theme.map;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = theme.muted;
  context.lineWidth = 1.4;
  context.stroke();
}
