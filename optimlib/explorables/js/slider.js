// One labelled slider with its number beside it; the number can be typed.

/**
 * label: what is shown. name: the full name for screen readers. range: {min, max, scale, step, unit}.
 * change(value, final): called while it moves (final false) and when it rests (true).
 */
function slider({ label, name, range, control, change }) {
  const scale = sliderScale(range);
  const unit = range.unit || "";
  const input = el("input", {
    type: "range", min: scale.min, max: scale.max, step: 1, "aria-label": name, "data-control": control,
  });
  const number = el("input", {
    type: "text", inputmode: "decimal", role: "spinbutton", class: "opt-number", autocomplete: "off",
    spellcheck: "false", "aria-label": `${name}, exact value`, "data-control": `${control}-number`,
    "aria-valuemin": range.min, "aria-valuemax": range.max,
  });
  const visible = el("span", { class: "opt-slider-name", "aria-hidden": "true", text: label });
  const node = el("div", { class: "opt-slider" }, visible, input, number);
  let current = range.min; // may lie between two notches: typed, or set from Python
  let typing = false;

  function set(value) {
    current = value;
    input.value = scale.position(value);
    input.style.setProperty("--opt-fill", `${(100 * (input.value - scale.min)) / (scale.max - scale.min)}%`);
    input.setAttribute("aria-valuetext", plain(value) + unit);
    number.setAttribute("aria-valuenow", value);
    if (!typing) number.value = plain(value) + unit;
  }

  function nudge(notches) {
    const position = Math.min(scale.max, Math.max(scale.min, scale.position(current) + notches));
    set(scale.value(position));
    change(current, true);
  }

  function typed() {
    typing = false;
    const value = Number(number.value.replace(unit, "").replace("−", "-").replace(",", "."));
    if (number.value.trim() === "" || !Number.isFinite(value)) return; // on leaving, the old value shows again
    set(Math.min(range.max, Math.max(range.min, value)));
    change(current, true);
  }

  input.addEventListener("input", () => {
    set(scale.value(Number(input.value)));
    change(current, false);
  });
  input.addEventListener("change", () => change(current, true));
  number.addEventListener("change", typed);
  number.addEventListener("focus", () => number.select());
  number.addEventListener("input", () => (typing = true));
  number.addEventListener("blur", () => {
    typing = false;
    set(current);
  });
  number.addEventListener("keydown", (event) => {
    const notches = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (!notches) return;
    event.preventDefault();
    typing = false;
    nudge(notches);
  });

  /** Locked: waits for the reader's bet. Invited: the bet is placed, now is its turn. */
  const setLocked = (locked, invited = false) => {
    input.disabled = number.disabled = locked;
    node.classList.toggle("opt-invited", invited);
  };
  return { node, set, setLocked };
}
