// What the instruments have in common: a state, who hears when it changes, one drawing per frame, a sentence that
// follows once things rest, the theme, the link that carries the state, and Python when there is one.

/**
 * spec says what is special about an instrument:
 *   traits, defaults            the names of its state, and their values where nobody says otherwise
 *   tidy(patch, state)          the patch with values that fit together
 *   compute(app, changed)       what the pictures need, where `changed` is the set of names that changed
 *   layout(app, width)          sizes for the pictures on a stage this wide
 *   paint(app)                  draws them
 *   say(app)                    what they show, in a sentence
 *   query(state), fromQuery(query, state)   the state as the tail of a link, and the part of a state a link gives
 *   python(app)                 the lines of optimlib that reproduce the screen
 *   names                       what a bet calls the control it unlocks, where "the" and its own name will not do
 *   moved(control, before, app) has the control that a bet is about moved far enough?
 */
function workbench(root, host, spec) {
  const app = { root, host, state: traitsOf(host, spec), wordsId: freshId("words") };
  const initial = copied(app.state);
  const unsaved = new Set(); // traits Python has not heard of yet
  let changed = new Set(spec.traits), resized = true, frame = 0, parts = null;
  let width = 0; // the stage's; 0 while it is hidden, or not on the page yet
  let drawn = false;

  app.locked = (control) => parts !== null && parts.bet.holds(control);
  app.invited = (control) => parts !== null && parts.bet.invites(control);
  app.moved = (control, before) => spec.moved(control, before, app);
  app.nameOf = (control) => (spec.names && spec.names[control]) || `the ${control}`;
  app.python = () => spec.python(app);
  app.query = () => spec.query(app.state);

  /** Changes the state. final: false while a drag goes on. by: the panel that shows the change already. */
  app.change = (patch, { final = true, by = null, fromHost = false } = {}) => {
    const whole = spec.tidy(patch, app.state), keys = Object.keys(whole);
    Object.assign(app.state, whole);
    app.moving = !final;
    for (const key of keys) {
      changed.add(key);
      if (!fromHost) unsaved.add(key);
    }
    for (const panel of parts.panels) {
      if (panel !== by && !panel.slow && panel.keys.some((key) => keys.includes(key))) panel.sync();
    }
    app.redraw();
    tell();
    if (final) app.settle();
    else save();
  };

  /** Whatever was held back during a drag happens now. */
  app.settle = () => {
    save();
    save.flush();
    parts.bet.watch();
  };

  app.relock = () => {
    for (const panel of parts.panels) if (panel.setLocked) panel.setLocked();
  };

  app.reset = () => {
    app.change({ ...copied(initial), answer: null });
    parts.bet.reset();
  };

  app.redraw = () => {
    if (!frame) frame = requestAnimationFrame(draw);
  };

  const save = debounce(() => {
    host.set(Object.fromEntries([...unsaved].map((key) => [key, app.state[key]])));
    unsaved.clear();
  }, 120);
  const tell = debounce(say, 220);

  function say() {
    if (frame) draw();
    if (!drawn) return; // nothing to speak of yet
    for (const panel of parts.panels) if (panel.slow) panel.sync();
    setText(parts.words, spec.say(app));
  }

  function draw() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (width === 0) return;
    if (changed.size) spec.compute(app, changed);
    changed = new Set();
    if (resized) spec.layout(app, width);
    resized = false;
    spec.paint(app);
    if (drawn) return;
    drawn = true;
    say();
  }

  function restyle() {
    app.theme = readTheme(root);
    app.labelFont = `500 12px ${app.theme.font}`;
    paintSwatches(root, app.theme);
    app.redraw();
  }

  function restore() {
    const query = host.shared();
    if (query === null) return;
    app.change(spec.fromQuery(Object.fromEntries(new URLSearchParams(query)), app.state));
    root.scrollIntoView({ block: "nearest" });
  }

  app.start = (given) => {
    parts = given;
    restyle();
    for (const panel of parts.panels) if (!panel.slow) panel.sync();
    app.relock();
    paintSwatches(root, app.theme);
    // The observer is told the width; to ask for it would lay out the whole page again for each of its instruments.
    const watch = new ResizeObserver(([entry]) => {
      if (entry.contentRect.width === width) return;
      width = entry.contentRect.width;
      resized = true;
      app.redraw();
    });
    watch.observe(parts.stage);
    restore();
    for (const trait of spec.traits) host.onChange(trait, (value) => app.change({ [trait]: value }, { fromHost: true }));
    const stops = [watchTheme(restyle), host.onShared(restore), () => watch.disconnect(), () => cancelAnimationFrame(frame)];
    root.instrument = app; // for tests, and for the curious at the console
    return () => stops.forEach((stop) => stop());
  };
  return app;
}

function traitsOf(host, { traits, defaults, tidy }) {
  const given = traits.map((trait) => [trait, host.get(trait)]).filter(([, value]) => value !== undefined && value !== null);
  const state = { goal: null, bet: null, answer: null, view: "full", ...defaults, ...copied(Object.fromEntries(given)) };
  return { ...state, ...tidy(state, state) };
}

/** A row of numbers with their names: facts.show([[name, value, hint], …]). */
function factsRow() {
  const node = el("dl", { class: "opt-facts" });
  const cells = [];
  function show(facts) {
    facts.forEach(([name, value, hint], i) => {
      if (!cells[i]) {
        const cell = { name: el("dt", {}), value: el("dd", {}), node: el("div", { class: "opt-fact" }) };
        cell.node.append(cell.name, cell.value);
        node.append(cell.node);
        cells[i] = cell;
      }
      setText(cells[i].name, name);
      setText(cells[i].value, value);
      cells[i].node.title = hint || "";
    });
    cells.splice(facts.length).forEach((cell) => cell.node.remove());
  }
  return { node, show };
}

/** A check box that looks like the chips of the race. */
function switchChip({ text, control, change }) {
  const box = el("input", { type: "checkbox", "data-control": control, onchange: () => change(box.checked) });
  const node = el("label", { class: "opt-chip" }, box, el("span", { class: "opt-tick", "aria-hidden": "true" }), el("span", { text }));
  return { node, set: (on) => (box.checked = on), setLocked: (locked) => (box.disabled = locked) };
}

/** A copy that later changes do not reach. */
function copied(state) {
  return JSON.parse(JSON.stringify(state));
}
