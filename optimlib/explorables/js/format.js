// Numbers as words and as Python.

/** About two significant digits, for sentences and labels: 0.1, 3e−9, 1200. */
function short(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinity" : "−infinity";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(digits));
  const text = size >= 1e-3 && size < 1e5 ? String(rounded) : rounded.toExponential();
  return text.replace("e+", "e").replace(/-/g, "−"); // a true minus: lines do not break behind it
}

/** A hyper-parameter or coordinate as it stands in code: 0.999, 1e-8, -1.25. */
function plain(value) {
  const text = String(Number(value.toPrecision(12)));
  return text.replace("e+", "e");
}

/** Powers of ten for axes: 10⁻⁶. */
function powerOfTen(value) {
  const exponent = Math.round(Math.log10(value));
  if (exponent === 0) return "1";
  if (exponent === 1) return "10";
  return "10" + [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
}

/** "a", "a and b", "a, b and c". */
function listed(words) {
  return words.length < 2 ? words.join("") : words.slice(0, -1).join(", ") + " and " + words[words.length - 1];
}
