// The map of single steps: from one point, the arrows that make up the next step of each rule.

const PUSH_COLOR = "#b3361d"; // what the gradient adds
const HEAD = 9; // pixels of an arrow's head

function stepsMap(app) {
  const ground = el("canvas", { "aria-hidden": "true" });
  const arrows = el("canvas", { role: "img", "aria-label": "Map", "aria-describedby": app.wordsId });
  const handle = stepsHandle("Point", "start"), tip = stepsHandle("Tip of the last step", "move");
  tip.classList.add("opt-curve-handle");
  const sheet = el("div", { class: "opt-sheet" }, ground, arrows, handle, tip);
  const node = el("div", { class: "opt-map opt-plain-map" }, sheet);
  let view = null, below = null, above = null;
  const refine = debounce(() => view && drawGround(below, view, app.land, app.theme, REST_CELLS), 90);

  function resize(width) {
    const [[left, right], [bottom, top]] = app.land.box;
    const shape = Math.min(1.1, Math.max(0.6, (top - bottom) / (right - left)));
    const inner = Math.max(120, Math.floor(width)), height = Math.round(inner * shape);
    view = mapView(app.land.box, inner, height);
    sheet.style.width = `${inner}px`;
    sheet.style.height = `${height}px`;
    below = sizeCanvas(ground, inner, height);
    above = sizeCanvas(arrows, inner, height);
    return height;
  }

  function drawLand(moving) {
    drawGround(below, view, app.land, app.theme, moving ? MOVING_CELLS : REST_CELLS);
    if (moving) refine();
    else refine.cancel();
  }

  function draw() {
    const { theme, here, move, next, hidden, paths } = app;
    above.clearRect(0, 0, view.width, view.height);
    for (const [name, path] of Object.entries(paths)) {
      const look = lookOf({ name });
      above.globalAlpha = name === app.state.follow ? 0.75 : 0.4;
      above.lineWidth = 1.4;
      above.strokeStyle = theme.stroke(look.color);
      drawPath(pen(above, look.dash), view, path, path.f.length - 1);
    }
    above.globalAlpha = 1;
    if (!app.here.every(Number.isFinite)) return;
    const beta = app.state.beta, ahead = [here[0] + beta * move[0], here[1] + beta * move[1]];
    const to = (from, way) => [from[0] + way[0], from[1] + way[1]];
    drawArrow(above, view, here, to(here, move), { color: theme.control, width: 1.4, dash: [3, 4], head: 0 });
    if (!hidden) {
      drawArrow(above, view, here, to(here, next.momentum.push), { color: theme.stroke(PUSH_COLOR), width: 1.2, alpha: 0.55 });
      for (const [name, one] of Object.entries(next)) {
        const { dash } = lookOf({ name });
        drawArrow(above, view, ahead, to(ahead, one.push), { color: theme.stroke(PUSH_COLOR), width: 1.6, dash });
      }
    }
    drawArrow(above, view, here, ahead, { color: theme.stroke(KEPT_COLOR), width: 2.4 });
    if (!hidden) Object.values(next).forEach(({ at }) => gradientDot(above, view.x(at[0]), view.y(at[1]), theme));
    if (!hidden) for (const [name, one] of Object.entries(next)) {
      const { color, dash } = lookOf({ name });
      drawArrow(above, view, here, to(here, one.step), { color: theme.stroke(color), width: 3, dash });
    }
    nameArrows(ahead);
  }

  function nameArrows(ahead) {
    const { theme, here, next, hidden } = app;
    const ends = [{ x: view.x(ahead[0]), y: view.y(ahead[1]), text: "look-ahead", ink: theme.muted }];
    if (!hidden) for (const [name, one] of Object.entries(next)) {
      const { label, color } = lookOf({ name });
      ends.push({ x: view.x(here[0] + one.step[0]), y: view.y(here[1] + one.step[1]), text: label, ink: theme.ink(color) });
    }
    above.font = app.labelFont;
    const seen = ends.filter(({ x, y }) => x >= 0 && y >= 0 && x <= view.width && y <= view.height);
    for (const block of mapLabels(above, seen, view.width, view.height)) {
      block.lines.forEach((line, i) => {
        haloText(above, line.text, block.x, block.y + (i + 0.5) * LINE_HEIGHT, line.ink || theme.muted, theme.map, app.labelFont);
      });
    }
  }

  /** A handle stays where it can be grabbed, also when what it stands for has left the map. */
  function place(one, [x, y]) {
    const within = (v, size) => Math.min(size, Math.max(0, Number.isFinite(v) ? v : 0));
    one.style.transform = `translate(${within(view.x(x), view.width).toFixed(1)}px,${within(view.y(y), view.height).toFixed(1)}px)`;
  }

  function placeHandles() {
    place(handle, app.here);
    place(tip, [app.here[0] + app.move[0], app.here[1] + app.move[1]]);
  }

  function name() {
    const [[left, right]] = view.box;
    handle.setAttribute("aria-valuetext", `x = ${short(app.here[0], 3)}, y = ${short(app.here[1], 3)}`);
    tip.setAttribute("aria-valuetext", `${short(app.move[0], 3)} along x, ${short(app.move[1], 3)} along y`);
    [[handle, app.here[0], left], [tip, app.move[0], left - right]].forEach(([one, now, low]) => {
      one.setAttribute("aria-valuenow", String(Number.isFinite(now) ? now : 0));
      one.setAttribute("aria-valuemin", String(low));
      one.setAttribute("aria-valuemax", String(one === handle ? right : right - left));
    });
    arrows.setAttribute("aria-label", `Contour map of ${app.land.meta.label} with the arrows of one step`);
  }

  const where = { get state() { return { start: standsAt(app).here }; }, settle: () => app.settle() };
  steerStart(where, sheet, handle, () => view, (x, y, final) => app.change(fromHere(app, { start: startWithin(view, x, y) }), { final }));
  steerTip(app, tip, () => view, (dx, dy, final) => app.change(fromHere(app, { move: moveWithin(view, dx, dy) }), { final }));
  return { node, resize, drawLand, draw, placeHandles, name };
}

function stepsHandle(label, control) {
  return el("div", {
    class: "opt-handle", role: "slider", tabindex: "0", "aria-label": label, "aria-roledescription": "point on a plane", "data-control": control,
  });
}

/** Point and last step as they are now, also between two frames, when nothing has been computed anew yet. */
function standsAt({ here, move, state, land }) {
  if (state.step === 0) return { here: state.start, move: state.move };
  return here.every(Number.isFinite) ? { here, move } : { here: land.meta.start, move: [0, 0] };
}

/** Dragging something in the middle of a walk: the walk begins anew, from where it has come. */
function fromHere(app, patch) {
  const { here, move } = standsAt(app);
  return app.state.step === 0 ? patch : { start: tidyPair(here), move: tidyPair(move), step: 0, ...patch };
}

function tidyPair(pair) {
  return pair.map((v) => Number(v.toPrecision(6)));
}

/** A step of at most the map's size, rounded like a point on it. */
function moveWithin({ box }, dx, dy) {
  return box.map(([low, high], i) => {
    const grain = 10 ** Math.floor(Math.log10((high - low) / 300)), most = high - low;
    return Number((Math.round(Math.max(-most, Math.min(most, i ? dy : dx)) / grain) * grain).toPrecision(6));
  });
}

/** Mouse, pen, touch and arrow keys on the tip of the last step. */
function steerTip(app, tip, viewNow, moveTo) {
  let from = null;
  draggable(tip, {
    begin(event) {
      event.stopPropagation(); // or the map would take it for a click on itself
      from = standsAt(app).move.slice();
      tip.focus({ preventScroll: true });
      return true;
    },
    move: (dx, dy) => moveTo(from[0] + dx / viewNow().kx, from[1] - dy / viewNow().ky, false),
    end: () => app.settle(),
  });
  arrowKeys(tip, (dx, dy) => {
    const [[left, right], [bottom, top]] = viewNow().box, [x, y] = standsAt(app).move;
    moveTo(x + (dx * (right - left)) / 100, y + (dy * (top - bottom)) / 100, true);
  });
}

function drawArrow(context, view, from, to, { color, width, dash = [], alpha = 1, head = HEAD }) {
  const ax = view.x(from[0]), ay = view.y(from[1]), bx = view.x(to[0]), by = view.y(to[1]);
  const length = Math.hypot(bx - ax, by - ay);
  if (!(length > 0.5) || length > FAR) return;
  const ux = (bx - ax) / length, uy = (by - ay) / length, size = Math.min(head + width, 0.7 * length);
  context.globalAlpha = alpha;
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(ax, ay);
  context.lineTo(bx - 0.8 * size * ux * (head > 0), by - 0.8 * size * uy * (head > 0));
  context.stroke();
  context.setLineDash([]);
  if (head > 0) {
    context.beginPath();
    context.moveTo(bx, by);
    context.lineTo(bx - size * ux - 0.45 * size * uy, by - size * uy + 0.45 * size * ux);
    context.lineTo(bx - size * ux + 0.45 * size * uy, by - size * uy - 0.45 * size * ux);
    context.closePath();
    context.fill();
  }
  context.globalAlpha = 1;
}

/** Here a gradient is taken. */
function gradientDot(context, x, y, theme) {
  context.beginPath();
  context.arc(x, y, 4, 0, 7);
  context.fillStyle = theme.stroke(PUSH_COLOR);
  context.fill();
}
