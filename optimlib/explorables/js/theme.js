// Colors for the canvases. The style sheet owns them (custom properties on .opt); canvases read them from there,
// again whenever the page turns light or dark.

const THEME_ATTRIBUTES = ["data-theme", "data-jp-theme-light", "data-jp-theme-name", "theme", "class"];

/** Calls changed() whenever the page's theme may have changed. Returns a function that stops it. */
function watchTheme(changed) {
  const observer = new MutationObserver(changed);
  for (const node of [document.documentElement, document.body]) {
    observer.observe(node, { attributes: true, attributeFilter: THEME_ATTRIBUTES });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", changed);
  };
}

/** The theme in force at `root`: named colors, the font, and line and text colors of a rule that can be read on it. */
function readTheme(root) {
  const style = getComputedStyle(root);
  const color = (name) => style.getPropertyValue(`--opt-${name}`).trim();
  const bg = color("bg"), map = color("map");
  const seen = new Map();
  const readable = (hue, ratio) => {
    const key = hue + ratio;
    if (!seen.has(key)) seen.set(key, legible(hue, map, ratio));
    return seen.get(key);
  };
  return {
    bg, map, fg: color("fg"), muted: color("muted"), line: color("line"), accent: color("accent"),
    contour: color("contour"), slope: color("slope"), good: color("good"), bad: color("bad"), control: color("control"),
    font: style.fontFamily,
    stroke: (hue) => readable(hue, 3.2), // graphics need 3:1
    ink: (hue) => readable(hue, 4.6), // text needs 4.5:1
  };
}

/** `color`, moved towards black or white as far as it must for this contrast against `ground`. */
function legible(color, ground, ratio) {
  const from = rgb(color), back = rgb(ground);
  const towards = luminance(back) > 0.4 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share < 1; share += 0.04) {
    const mixed = from.map((c, i) => c + share * (towards[i] - c));
    if (contrast(mixed, back) >= ratio) return `rgb(${mixed.map(Math.round).join(",")})`;
  }
  return `rgb(${towards.join(",")})`;
}

function rgb(color) {
  const hex = color.replace("#", "");
  const full = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
  return [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16));
}

function luminance(channels) {
  const [r, g, b] = channels.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** A dash pattern as numbers: [] for a solid line. Given as a list or as "4 2". */
function dashOf(dash) {
  if (!dash) return [];
  return (Array.isArray(dash) ? dash : String(dash).split(/[ ,]+/).map(Number)).filter((n) => n >= 0);
}
