// The map: contour lines below, paths above, and the start, which can be dragged.

const REST_CELLS = 180;
const MOVING_CELLS = 84;
const FAR = 20000; // pixels: what is farther away is not drawn

function mapPanel(app) {
  const ground = el("canvas", { "aria-hidden": "true" });
  const paths = el("canvas", { role: "img", "aria-label": "Map", "aria-describedby": app.wordsId });
  const axes = svg("svg", { class: "opt-axes", "aria-hidden": "true" });
  const horizontal = svg("g", {}), vertical = svg("g", {});
  axes.append(horizontal, vertical);
  const handle = el("div", {
    class: "opt-handle", role: "slider", tabindex: "0", "aria-label": "Start of all paths",
    "aria-roledescription": "point on a plane", "data-control": "start",
  });
  const sheet = el("div", { class: "opt-sheet" }, ground, paths, handle);
  const node = el("div", { class: "opt-map" }, axes, sheet);

  let view = null, groundContext = null, context = null;
  const refine = debounce(() => view && drawGround(groundContext, view, app.land, app.theme, REST_CELLS), 90);

  function resize(width) {
    const [[left, right], [bottom, top]] = app.land.box;
    const shape = Math.min(1.15, Math.max(0.72, (top - bottom) / (right - left)));
    const inner = Math.max(120, Math.floor(width - 34));
    const height = Math.round(inner * shape);
    view = mapView(app.land.box, inner, height);
    sheet.style.width = `${inner}px`;
    sheet.style.height = `${height}px`;
    groundContext = sizeCanvas(ground, inner, height);
    context = sizeCanvas(paths, inner, height);
    drawAxes();
    return height;
  }

  function drawAxes() {
    axes.setAttribute("width", view.width + 34);
    axes.setAttribute("height", view.height + 24);
    const [[left, right], [bottom, top]] = view.box;
    const ticks = (low, high, from, to) => d3.scaleLinear([low, high], [from, to]);
    horizontal.setAttribute("transform", `translate(34,${view.height})`);
    vertical.setAttribute("transform", "translate(34,0)");
    d3.select(horizontal).call(d3.axisBottom(ticks(left, right, 0, view.width)).ticks(5).tickSize(4).tickPadding(4));
    d3.select(vertical).call(d3.axisLeft(ticks(bottom, top, view.height, 0)).ticks(5).tickSize(4).tickPadding(4));
  }

  function drawLand(moving) {
    drawGround(groundContext, view, app.land, app.theme, moving ? MOVING_CELLS : REST_CELLS);
    if (moving) refine();
    else refine.cancel();
  }

  function drawPaths() {
    const { theme, state } = app;
    context.clearRect(0, 0, view.width, view.height);
    context.lineWidth = 2;
    const ends = [];
    for (const one of app.runs) {
      context.strokeStyle = theme.stroke(one.color);
      const end = drawPath(pen(context, one.dash), view, one.trace, state.step);
      ends.push({ ...end, one, text: one.label, ink: theme.ink(one.color) });
    }
    context.setLineDash([]);
    for (const end of ends) drawEnd(context, end, theme);
    context.font = app.labelFont;
    for (const block of mapLabels(context, ends, view.width, view.height)) {
      block.lines.forEach(({ text, ink }, i) => {
        const y = block.y + (i + 0.5) * LINE_HEIGHT;
        haloText(context, text, block.x, y, ink || theme.muted, theme.map, app.labelFont);
      });
    }
  }

  function placeHandle() {
    const [x, y] = app.state.start;
    handle.style.transform = `translate(${view.x(x).toFixed(1)}px,${view.y(y).toFixed(1)}px)`;
  }

  function name() {
    const [x, y] = app.state.start.map((v) => short(v, 3));
    handle.setAttribute("aria-valuetext", `x = ${x}, y = ${y}`);
    handle.setAttribute("aria-valuenow", String(app.state.start[0]));
    handle.setAttribute("aria-valuemin", String(view.box[0][0]));
    handle.setAttribute("aria-valuemax", String(view.box[0][1]));
    paths.setAttribute("aria-label", `Contour map of ${app.land.meta.label} with the path of each rule`);
  }

  const moveTo = (x, y, final) => app.change({ start: startWithin(view, x, y) }, { final });
  steerStart(app, sheet, handle, () => view, moveTo);
  const setLocked = () => lockHandle(handle, app.locked("start"));
  return { node, resize, drawLand, drawPaths, placeHandle, keys: [], slow: true, sync: name, setLocked };
}

function lockHandle(handle, locked) {
  handle.classList.toggle("opt-locked", locked);
  if (locked) handle.setAttribute("aria-disabled", "true");
  else handle.removeAttribute("aria-disabled");
}

/** A start on the map, rounded to about a thousandth of it, so that it can be read and typed. */
function startWithin(view, x, y) {
  return view.box.map(([low, high], i) => {
    const grain = 10 ** Math.floor(Math.log10((high - low) / 300));
    const value = Math.round((i ? y : x) / grain) * grain;
    return Number(Math.min(high, Math.max(low, value)).toPrecision(6));
  });
}

/** Mouse, pen, touch and arrow keys on the start. On touch only the handle drags, so that the page still scrolls. */
function steerStart(app, sheet, handle, viewNow, moveTo) {
  let from = null;
  const open = () => !handle.classList.contains("opt-locked");
  const begin = (x, y) => {
    from = [x, y];
    handle.focus({ preventScroll: true });
    sheet.classList.add("opt-grabbed");
  };
  const drag = (dx, dy) => {
    const view = viewNow();
    moveTo(from[0] + dx / view.kx, from[1] - dy / view.ky, false);
  };
  const end = () => {
    sheet.classList.remove("opt-grabbed");
    app.settle();
  };
  const spot = (event) => {
    const box = sheet.getBoundingClientRect();
    return viewNow().at(event.clientX - box.left, event.clientY - box.top);
  };
  draggable(handle, {
    begin(event) {
      event.stopPropagation(); // the sheet below would take the start to the pointer
      if (!open()) return false;
      begin(...app.state.start);
      return true;
    },
    move: drag, end,
  });
  draggable(sheet, {
    begin(event) {
      if (event.pointerType === "touch" || !open()) return false;
      begin(...spot(event));
      moveTo(...from, false);
      return true;
    },
    move: drag, end,
  });
  sheet.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || event.target === handle || !open()) return;
    moveTo(...spot(event), true);
  });
  arrowKeys(handle, (dx, dy) => {
    if (!open()) return;
    const [x, y] = app.state.start, [[left, right], [bottom, top]] = viewNow().box;
    moveTo(x + (dx * (right - left)) / 100, y + (dy * (top - bottom)) / 100, true);
  });
}

/** One path up to `step`, without points that nobody could tell apart. Returns where on the map it ends or leaves. */
function drawPath(line, view, trace, step) {
  const { left, top, kx, ky, width, height } = view;
  const last = trace.stopped >= 0 ? Math.min(step, trace.stopped - 1) : step;
  const { x } = trace;
  let px = (x[0] - left) * kx, py = (top - x[1]) * ky;
  let inX = px, inY = py, outX = px, outY = py; // the last point that the map shows, and the next
  let inside = true, away = false;
  line.to(px, py);
  for (let t = 1; t <= last; t++) {
    let qx = (x[2 * t] - left) * kx, qy = (top - x[2 * t + 1]) * ky;
    const reach = Math.max(Math.abs(qx), Math.abs(qy)), far = reach > FAR;
    if (far && away) continue;
    if (far) {
      qx = px + ((qx - px) * FAR) / reach;
      qy = py + ((qy - py) * FAR) / reach;
    } else if (t < last && !away && Math.abs(qx - px) + Math.abs(qy - py) < 1.4) continue;
    if (away) line.jump(qx, qy);
    else line.to(qx, qy);
    away = far;
    px = qx;
    py = qy;
    if (qx >= 0 && qx <= width && qy >= 0 && qy <= height) {
      inX = outX = qx;
      inY = outY = qy;
      inside = true;
    } else if (inside) {
      outX = qx;
      outY = qy;
      inside = false;
    }
  }
  line.end();
  return { ...atEdge(inX, inY, outX, outY, width, height), lost: away || standing(trace, step) !== "going" };
}

/** Where the way from a point on the map to another leaves it; the other itself if it does not. */
function atEdge(x, y, toX, toY, width, height) {
  const edge = 7; // pixels: room for the mark
  const share = (from, to, size) => {
    if (to < edge) return (from - edge) / (from - to);
    return to > size - edge ? (size - edge - from) / (to - from) : 1;
  };
  const part = Math.max(0, Math.min(1, share(x, toX, width), share(y, toY, height)));
  return { x: x + part * (toX - x), y: y + part * (toY - y) };
}

function drawEnd(context, { x, y, lost, ink, one }, theme) {
  if (lost) {
    context.lineWidth = 2;
    context.strokeStyle = ink;
    cross(context, x, y);
    return;
  }
  context.beginPath();
  context.arc(x, y, 4, 0, 7);
  context.fillStyle = theme.stroke(one.color);
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = theme.map;
  context.stroke();
}
