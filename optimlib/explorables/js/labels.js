// Names at the ends of paths and curves, placed so that none covers another.

const LINE_HEIGHT = 14;
const NAMES_AT_ONE_PLACE = 4;

const widths = new Map();
function textWidth(context, text) {
  const key = context.font + text;
  if (!widths.has(key)) widths.set(key, context.measureText(text).width);
  return widths.get(key);
}

/** Heights as close to the wanted ones as they can be, at least `gap` apart, between low and high. */
function spread(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const placed = new Array(wanted.length);
  let free = low;
  for (const i of order) {
    placed[i] = Math.max(wanted[i], free);
    free = placed[i] + gap;
  }
  let limit = high;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], limit);
    limit = placed[i] - gap;
  }
  return placed;
}

/**
 * Blocks of names for a map. Ends that lie together share a block, one line each; a crowd is counted.
 * ends: [{x, y, text, ink}]. Returns [{lines: [{text, ink}], x, y, width, height}], left upper corners.
 */
function mapLabels(context, ends, width, height) {
  const placed = [];
  for (const group of together(ends)) {
    const crowd = group.length > NAMES_AT_ONE_PLACE;
    const shown = crowd ? group.slice(0, NAMES_AT_ONE_PLACE - 1) : group;
    const lines = shown.map(({ text, ink }) => ({ text, ink }));
    if (crowd) lines.push({ text: `and ${group.length - shown.length} more`, ink: null });
    const widest = Math.max(...lines.map((line) => textWidth(context, line.text)));
    const block = { lines, width: widest, height: lines.length * LINE_HEIGHT };
    placed.push(bestPlace(block, group[0], placed, ends, width, height));
  }
  return placed;
}

function together(ends) {
  const groups = [];
  for (const end of ends) {
    const near = groups.find(([first]) => Math.hypot(first.x - end.x, first.y - end.y) < 18);
    if (near) near.push(end);
    else groups.push([end]);
  }
  return groups;
}

const AROUND = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]];

function bestPlace(block, { x, y }, placed, ends, width, height) {
  let best = null, least = Infinity;
  AROUND.forEach(([sx, sy], order) => {
    const at = {
      ...block,
      x: x + sx * 9 - (sx === 1 ? 0 : sx === -1 ? block.width : block.width / 2),
      y: y + sy * 8 - (sy === 1 ? 0 : sy === -1 ? block.height : block.height / 2),
    };
    const outside = Math.max(0, 3 - at.x, at.x + at.width + 3 - width)
      + Math.max(0, 2 - at.y, at.y + at.height + 2 - height);
    const covered = placed.filter((other) => overlap(at, other)).length;
    const points = ends.filter((end) => overlap(at, { x: end.x - 3, y: end.y, width: 6, height: 0 })).length;
    const cost = 200 * covered + 12 * outside + 30 * points + order;
    if (cost < least) [best, least] = [at, cost];
  });
  return best;
}

function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const painted = new Map();

/**
 * Text with an edge in the ground's color, so that it can be read on lines; y is its middle. Drawn once, then copied:
 * outlined letters are the dearest part of a frame.
 */
function haloText(context, text, x, y, ink, ground, font) {
  const key = [text, ink, ground, font, window.devicePixelRatio].join();
  if (!painted.has(key)) {
    if (painted.size > 300) painted.clear();
    painted.set(key, paintText(textWidth(context, text), text, ink, ground, font));
  }
  const { canvas, width, height } = painted.get(key);
  context.drawImage(canvas, Math.round(x) - 3, Math.round(y) - height / 2, width, height);
}

function paintText(inner, text, ink, ground, font) {
  const width = Math.ceil(inner) + 6, height = 20;
  const canvas = document.createElement("canvas");
  const context = sizeCanvas(canvas, width, height);
  context.font = font;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = ground;
  context.strokeText(text, 3, height / 2);
  context.fillStyle = ink;
  context.fillText(text, 3, height / 2);
  return { canvas, width, height };
}

/** The mark of a run that left all bounds. */
function cross(context, x, y, size = 4) {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x - size, y + size);
  context.lineTo(x + size, y - size);
  context.stroke();
}
