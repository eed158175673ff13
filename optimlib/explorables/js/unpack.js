// Curves that Python packed: 16 bits a number, on a linear or a logarithmic scale. No page: tests run this in bare V8.

const TOP_CODE = 65533, BELOW_CODE = 65534, MISSING_CODE = 65535;

/** Codes from base64, two bytes each, the small one first. */
function codesFrom(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true));
}

/** The values that codes stand for: NaN for what was not finite, 0 for zero or less on a log scale. */
function valuesOf(codes, { log, low, high }) {
  return Float64Array.from(codes, (code) => {
    if (code === MISSING_CODE) return NaN;
    if (code === BELOW_CODE) return 0;
    const place = low + (high - low) * (code / TOP_CODE);
    return log ? 10 ** place : place;
  });
}

/** All curves of all combinations: a list with, for each combination, a list of {label, look, x, y}. */
function unpackCurves(table, codes) {
  const count = table.labels.length, each = table.x.kind === "each";
  const shared = table.x.values && Float64Array.from(table.x.values);
  const cells = [];
  for (let at = 0, curve = 0; at < codes.length; curve++) {
    const n = table.sizes.length > 1 ? table.sizes[curve] : table.sizes[0];
    const y = valuesOf(codes.subarray(at, at + n), table.y);
    const x = each ? valuesOf(codes.subarray(at + n, at + 2 * n), table.x) : shared || Float64Array.from({ length: n }, (_, i) => i);
    at += each ? 2 * n : n;
    if (curve % count === 0) cells.push([]);
    cells[cells.length - 1].push({ label: table.labels[curve % count], look: table.looks[curve % count], x, y });
  }
  return cells;
}

/** The place of a combination in the list: the last choice varies fastest. */
function cellOf(choices, choice) {
  return Object.entries(choices).reduce((place, [name, values]) => place * values.length + values.indexOf(choice[name]), 0);
}
