// Small helpers to build the page's elements. Text is always set as text, never as HTML.

const SVG = "http://www.w3.org/2000/svg";
const FOCUSABLE = new Set(["button", "input", "select", "summary", "textarea", "a"]);

/** el("button", {class: "opt-x", text: "Play", onclick: f}, child, …). */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), tag, attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), tag, attributes, children);
}

function fill(node, tag, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  // JupyterLab takes arrow keys and single letters for itself unless the focused element itself says otherwise.
  if (FOCUSABLE.has(tag) || "tabindex" in attributes) node.setAttribute("data-lm-suppress-shortcuts", "true");
  if (tag === "button" && !("type" in attributes)) node.setAttribute("type", "button");
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

let idsGiven = 0;
/** An id that no other element of the page has. */
function freshId(word) {
  return `opt-${word}-${++idsGiven}`;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** fn, called once the calls have paused for `ms`; .flush() calls it now if it is due, .cancel() forgets it. */
function debounce(fn, ms) {
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(later.flush, ms);
  };
  later.flush = () => {
    if (!timer) return;
    later.cancel();
    fn();
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return later;
}

/**
 * Dragging by mouse, pen or finger. begin(event) may refuse by returning false; move(dx, dy, event) gets the way
 * since the start in CSS pixels, so that nothing is measured on the page during the drag; end() comes last.
 */
function draggable(node, { begin, move, end }) {
  let from = null;
  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || from || begin(event) === false) return;
    event.preventDefault(); // no text selection; focus is given by hand
    from = { x: event.clientX, y: event.clientY, id: event.pointerId };
    node.setPointerCapture(event.pointerId);
  });
  node.addEventListener("pointermove", (event) => {
    if (from && event.pointerId === from.id) move(event.clientX - from.x, event.clientY - from.y, event);
  });
  const stop = (event) => {
    if (!from || event.pointerId !== from.id) return;
    from = null;
    end();
  };
  node.addEventListener("pointerup", stop);
  node.addEventListener("pointercancel", stop);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Arrow keys on `node`: move(dx, dy), ten times as far with shift. */
function arrowKeys(node, move) {
  node.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    move(way[0] * far, way[1] * far);
  });
}

/** A canvas as large as its box says, sharp on dense screens. Returns its 2d context, scaled to CSS pixels. */
function sizeCanvas(canvas, width, height) {
  const density = Math.min(window.devicePixelRatio || 1, 2);
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  const context = canvas.getContext("2d");
  context.setTransform(density, 0, 0, density, 0, 0);
  return context;
}

/** Puts text on the clipboard. Pages opened from a file have no clipboard object: then the old way. */
async function copyText(text, field) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
