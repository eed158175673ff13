// Play, pause, one step back or forward, and a slider through the run.

const STEP_CHOICES = [50, 100, 200, 300, 500, 1000, 2000];

function transportPanel(app) {
  const icon = svg("path", {});
  const picture = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, icon);
  const play = el("button", { class: "opt-play", onclick: toggle, "data-control": "play" }, picture);
  const back = stepButton("One step back", "M11 3v10L4 8zM3 3h1.6v10H3z", -1);
  const forward = stepButton("One step forward", "M5 3v10l7-5zM11.4 3H13v10h-1.6z", 1);
  const scrub = el("input", {
    type: "range", class: "opt-scrub", min: 0, step: 1, "aria-label": "Step shown", "data-control": "step",
  });
  const now = el("span", { class: "opt-step-now", "aria-hidden": "true" });
  const count = el("select", { class: "opt-count", "aria-label": "Number of steps", "data-control": "steps" });
  const node = el("div", { class: "opt-transport", role: "group", "aria-label": "Play" },
    play, back, forward, scrub, el("span", { class: "opt-step" }, "step ", now, " of "), count);

  function stepButton(name, shape, by) {
    const onclick = () => {
      pause();
      app.change({ step: Math.min(app.state.steps, Math.max(0, app.state.step + by)) });
    };
    return el("button", { "aria-label": name, title: name, onclick, "data-control": by < 0 ? "back" : "forward" },
      svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: shape })));
  }

  scrub.addEventListener("input", () => {
    pause();
    app.change({ step: Number(scrub.value) }, { final: false });
  });
  scrub.addEventListener("change", () => app.settle());
  count.addEventListener("change", () => {
    const steps = Number(count.value), { step, steps: before } = app.state;
    app.change({ steps, step: step === before ? steps : Math.min(step, steps) });
  });

  let timer = 0; // a frame's or a timeout's number while playing
  let clock = 0, position = 0;

  function toggle() {
    if (timer) return pause();
    position = app.state.step >= app.state.steps ? 0 : app.state.step;
    clock = performance.now();
    timer = reducedMotion() ? setTimeout(leap, 0) : requestAnimationFrame(tick);
    showPlaying(true);
  }

  function pause() {
    if (!timer) return;
    cancelAnimationFrame(timer);
    clearTimeout(timer);
    timer = 0;
    showPlaying(false);
    app.settle();
  }

  /** A whole run takes two to eight seconds, at most sixty steps a second. */
  function tick(time) {
    const { steps } = app.state;
    const seconds = Math.min(8, Math.max(2, steps / 40));
    position += (Math.max(0, time - clock) / 1000) * (steps / seconds);
    clock = time;
    advance(() => requestAnimationFrame(tick));
  }

  /** Where the reader asked for less motion: eight still pictures. */
  function leap() {
    position += app.state.steps / 8;
    advance(() => setTimeout(leap, 900));
  }

  function advance(again) {
    const { steps } = app.state, step = Math.min(steps, Math.floor(position));
    app.change({ step }, { final: false });
    app.glance();
    if (step >= steps) return pause();
    timer = again();
  }

  function showPlaying(playing) {
    icon.setAttribute("d", playing ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11L13 8z");
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    play.title = playing ? "Pause" : "Play";
  }

  function sync() {
    const { step, steps } = app.state;
    if (Number(count.value) !== steps) {
      const choices = [...new Set([...STEP_CHOICES, steps])].sort((a, b) => a - b);
      count.replaceChildren(...choices.map((n) => el("option", { value: n, text: n })));
      count.value = steps;
      scrub.max = steps;
      now.style.minWidth = `${String(steps).length}ch`;
    }
    scrub.value = step;
    scrub.style.setProperty("--opt-fill", `${(100 * step) / steps}%`);
    scrub.setAttribute("aria-valuetext", `step ${step} of ${steps}`);
    setText(now, String(step));
  }

  function setLocked() {
    const locked = app.locked("play");
    for (const control of [play, back, forward, scrub]) control.disabled = locked;
  }

  showPlaying(false);
  return { node, sync, keys: ["step", "steps"], pause, setLocked };
}
