// From the position of a slider to a value and back. A position is a whole number, so that each press of an arrow
// key is one notch, and each notch is a number people would choose.

// Twenty notches a decade, evenly spaced on a log axis (the preferred numbers R20, rounded to what is easily read).
const NOTCHES = [1, 1.1, 1.25, 1.4, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3.2, 3.6, 4, 4.5, 5, 5.6, 6.3, 7.1, 8, 9];

function notchValue(position) {
  const decade = Math.floor(position / 20);
  return Number(`${NOTCHES[position - 20 * decade]}e${decade}`);
}

function notchPosition(value) {
  return Math.round(20 * Math.log10(value));
}

/** { min, max, value(position), position(value) } for a range described as {min, max, scale, step}. */
function sliderScale({ min, max, scale = "linear", step }) {
  if (scale === "log") {
    const far = notchPosition(max);
    if (min > 0) return { min: notchPosition(min), max: far, value: notchValue, position: notchPosition };
    // A range that includes 0, such as weight decay: the leftmost notch is 0, the next a millionth of the largest.
    const low = far - 120;
    return {
      min: low - 1, max: far,
      value: (p) => (p < low ? 0 : notchValue(p)),
      position: (v) => (v > 0 ? Math.max(low, notchPosition(v)) : low - 1),
    };
  }
  if (scale === "one-minus-log") {
    // 0, 0.5, 0.9, 0.99, 0.999: even steps in how long the memory is.
    const far = notchPosition(1 - max);
    return {
      min: 0, max: notchPosition(1 - min) - far,
      value: (p) => Number((1 - notchValue(notchPosition(1 - min) - p)).toFixed(8)),
      position: (v) => notchPosition(1 - min) - notchPosition(1 - Math.min(v, max)),
    };
  }
  const by = step || niceStep((max - min) / 100);
  return {
    min: 0, max: Math.ceil((max - min) / by - 1e-9),
    value: (p) => Number(Math.min(max, min + p * by).toFixed(12)),
    position: (v) => Math.round((v - min) / by),
  };
}

/** 1, 2 or 5 times a power of ten, about as large as `step`. */
function niceStep(step) {
  const power = 10 ** Math.floor(Math.log10(step)), digit = step / power;
  return (digit < 1.4 ? 1 : digit < 3.2 ? 2 : digit < 7.1 ? 5 : 10) * power;
}
