// The learning rate as a curve over the run: handles to drag, a factor on every rule's lr.

const CURVE = { height: 150, left: 40, right: 10, top: 12, bottom: 24, most: 2 };
const SHAPES = {
  Flat: [[0, 1], [1, 1]],
  "Warm up": [[0, 0], [0.1, 1], [1, 1]],
  Decay: [[0, 1], [1, 0]],
  "Warm up, then decay": [[0, 0], [0.1, 1], [1, 0]],
};

function curvePanel(app) {
  const line = svg("polyline", { class: "opt-curve-line" });
  const horizontal = svg("g", {}), vertical = svg("g", { class: "opt-grid" });
  const picture = svg("svg", { class: "opt-axes opt-curve-plot", "aria-hidden": "true" }, vertical, horizontal, line);
  const sheet = el("div", { class: "opt-curve" }, picture);
  const shapes = el("div", { class: "opt-buttons", role: "group", "aria-label": "Shape of the curve" });
  const note = el("p", {
    class: "opt-note",
    text: "A factor on the learning rate of every rule. Drag a handle, or move it with the arrow keys. Delete removes it.",
  });
  const node = el("div", { class: "opt-panel-body" }, shapes, sheet, note);
  let width = 400, handles = [];

  for (const [name, points] of Object.entries(SHAPES)) {
    const take = () => app.change({ curve: copied(points) });
    shapes.append(el("button", { text: name, onclick: take, "data-control": `curve-${name}` }));
  }
  shapes.append(el("button", { text: "Add a handle", onclick: addHandle, "data-control": "curve-add" }));

  const px = (share) => CURVE.left + share * (width - CURVE.left - CURVE.right);
  const py = (factor) => CURVE.top + (1 - factor / CURVE.most) * (CURVE.height - CURVE.top - CURVE.bottom);

  /** A new handle in the middle of the widest gap, on the curve, so that nothing moves. */
  function addHandle() {
    const { curve } = app.state;
    let at = 1;
    for (let i = 2; i < curve.length; i++) if (curve[i][0] - curve[i - 1][0] > curve[at][0] - curve[at - 1][0]) at = i;
    const middle = curve[at].map((value, i) => (value + curve[at - 1][i]) / 2);
    const points = [...curve.slice(0, at), onStep(middle), ...curve.slice(at)];
    app.change({ curve: points });
    handles[at].focus();
  }

  /** Handles stand on whole steps, so that the same curve can be written in Python with short numbers. */
  function onStep([share, factor]) {
    const last = Math.max(1, app.state.steps - 1);
    return [Math.round(share * last) / last, Number(factor.toFixed(2))];
  }

  function moveHandle(i, share, factor, final) {
    const { curve, steps } = app.state;
    const grain = 1 / Math.max(1, steps - 1);
    const low = i === curve.length - 1 ? 1 : i === 0 ? 0 : curve[i - 1][0] + grain;
    const high = i === 0 ? 0 : i === curve.length - 1 ? 1 : curve[i + 1][0] - grain;
    const point = onStep([Math.max(low, Math.min(high, share)), Math.max(0, Math.min(CURVE.most, factor))]);
    app.change({ curve: curve.map((old, j) => (j === i ? point : old)) }, { final });
  }

  function removeHandle(i) {
    const { curve } = app.state;
    if (i === 0 || i === curve.length - 1) return; // the run has a beginning and an end
    app.change({ curve: curve.filter((_, j) => j !== i) });
    handles[i - 1].focus();
  }

  function makeHandle(i) {
    const handle = el("div", {
      class: "opt-handle opt-curve-handle", role: "slider", tabindex: "0", "data-control": `curve-handle-${i}`,
      "aria-label": `Handle ${i + 1} of the learning-rate curve`, "aria-valuemin": 0, "aria-valuemax": CURVE.most,
    });
    let from = null;
    draggable(handle, {
      begin() {
        from = app.state.curve[i];
        handle.focus({ preventScroll: true });
        return true;
      },
      move(dx, dy) {
        const share = from[0] + dx / (px(1) - px(0)), factor = from[1] + dy / (py(1) - py(0));
        moveHandle(i, share, factor, false);
      },
      end: () => app.settle(),
    });
    arrowKeys(handle, (dx, dy) => {
      const [share, factor] = app.state.curve[i];
      const by = Math.max(0.01, 1 / Math.max(1, app.state.steps - 1));
      moveHandle(i, share + dx * by, factor + dy * 0.02, true);
    });
    handle.addEventListener("keydown", (event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      removeHandle(i);
    });
    handle.addEventListener("dblclick", () => removeHandle(i));
    return handle;
  }

  function sync() {
    const { curve, steps } = app.state;
    if (handles.length !== curve.length) {
      for (const old of handles) old.remove();
      handles = curve.map((_, i) => makeHandle(i));
      sheet.append(...handles);
    }
    line.setAttribute("points", curve.map(([share, factor]) => `${px(share)},${py(factor)}`).join(" "));
    curve.forEach(([share, factor], i) => {
      handles[i].style.transform = `translate(${px(share)}px,${py(factor)}px)`;
      handles[i].setAttribute("aria-valuenow", String(factor));
      const step = Math.round((1 + share * (steps - 1)) * 100) / 100;
      handles[i].setAttribute("aria-valuetext", `factor ${plain(factor)} at step ${plain(step)}`);
    });
  }

  function resize() {
    width = Math.max(200, sheet.clientWidth);
    picture.setAttribute("width", width);
    picture.setAttribute("height", CURVE.height);
    sheet.style.height = `${CURVE.height}px`;
    const { steps } = app.state;
    horizontal.setAttribute("transform", `translate(0,${py(0)})`);
    vertical.setAttribute("transform", `translate(${CURVE.left},0)`);
    const across = d3.scaleLinear([1, Math.max(2, steps)], [px(0), px(1)]);
    const up = d3.scaleLinear([0, CURVE.most], [py(0), py(CURVE.most)]);
    d3.select(horizontal).call(d3.axisBottom(across).ticks(5).tickSize(4));
    const lines = d3.axisLeft(up).ticks(4).tickSize(px(0) - px(1)).tickPadding(6);
    d3.select(vertical).call(lines.tickFormat((factor) => `×${factor}`));
    sync();
  }

  return { node, keys: ["curve", "steps"], sync: () => node.hidden || resize(), resize };
}
