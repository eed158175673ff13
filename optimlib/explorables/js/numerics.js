// Powers rounded as numpy rounds them.
//
// Adam's corrections are 1 - beta**t. V8's Math.pow may miss the last bit; the C library behind numpy is
// correctly rounded in practice. So whole powers are made here by repeated squaring in double-double arithmetic
// (Dekker 1971): a number is carried as hi + lo, about 106 bits, and only the end result is rounded.

const SPLITTER = 134217729; // 2^27 + 1 cuts a double into two halves whose products are exact

/** base ** exponent. Correctly rounded for whole exponents, Math.pow for all others. */
function pow(base, exponent) {
  if (exponent === 2) return base * base;
  if (!Number.isInteger(exponent)) return Math.pow(base, exponent);
  if (exponent < 5 || exponent >= POWERS_KEPT) return wholePower(base, exponent);
  const known = powersOf(base);
  const value = known[exponent];
  return value === value ? value : (known[exponent] = wholePower(base, exponent));
}

// A run asks for the same powers of the same few betas in each of its steps, and again on each move of the mouse.
const POWERS_KEPT = 2048;
const BASES_KEPT = 24;
const bases = [];
const powers = [];
let oldest = 0;

function powersOf(base) {
  for (let i = 0; i < bases.length; i++) if (bases[i] === base) return powers[i];
  const slot = bases.length < BASES_KEPT ? bases.length : oldest++ % BASES_KEPT;
  bases[slot] = base;
  powers[slot] = (powers[slot] || new Float64Array(POWERS_KEPT)).fill(NaN);
  return powers[slot];
}

function wholePower(base, exponent) {
  let hi = 1, lo = 0; // the result so far
  let squareHi = base, squareLo = 0;
  for (let n = Math.abs(exponent); ; ) {
    if (n % 2 === 1) {
      const p = hi * squareHi;
      const e = productError(hi, squareHi, p) + (hi * squareLo + lo * squareHi);
      hi = p + e;
      lo = e - (hi - p);
    }
    n = Math.floor(n / 2);
    if (n === 0) break;
    const p = squareHi * squareHi;
    const e = productError(squareHi, squareHi, p) + 2 * squareHi * squareLo;
    squareHi = p + e;
    squareLo = e - (squareHi - p);
  }
  const size = Math.abs(hi);
  if (!(size > 1e-270 && size < 1e270)) return Math.pow(base, exponent); // the halves would under- or overflow
  return exponent < 0 ? reciprocal(hi, lo) : hi;
}

/** What rounding took from the product p = a * b, exactly. */
function productError(a, b, p) {
  const ta = SPLITTER * a, tb = SPLITTER * b;
  const a1 = ta - (ta - a), a2 = a - a1;
  const b1 = tb - (tb - b), b2 = b - b1;
  return a1 * b1 - p + a1 * b2 + a2 * b1 + a2 * b2;
}

/** 1 / (hi + lo), rounded once. */
function reciprocal(hi, lo) {
  const q = 1 / hi, p = q * hi;
  return q + q * (1 - p - productError(q, hi, p) - q * lo);
}
