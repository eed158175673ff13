// A goal the reader is given ("below 1e-6 within 60 steps"), checked by the instrument itself.

function goalPanel(app) {
  const task = el("span", { class: "opt-goal-text" });
  const state = el("span", { class: "opt-goal-state", "aria-live": "polite" });
  const node = el("div", { class: "opt-goal" }, el("span", { class: "opt-tag", text: "Goal" }), task, state);
  return {
    node, keys: ["goal", "step", "rules", "start", "params", "landscape", "steps", "curve"], slow: true,
    sync() {
      const { goal } = app.state;
      node.hidden = !goal;
      if (!goal) return;
      const result = app.judge ? app.judge(goal) : judgeGoal(goal, app.runs);
      node.classList.toggle("opt-reached", result.reached);
      setText(task, goal.text);
      setText(state, result.words || goalWords(goal, result));
    },
  };
}

/** Which rule first gets below `below` within `within` steps; if none, which came closest. */
function judgeGoal({ below, within }, runs) {
  let winner = null, closest = null;
  for (const one of runs) {
    const { f } = one.trace;
    for (let t = 0; t <= within && t < f.length; t++) {
      if (!closest || f[t] < closest.loss) closest = { one, loss: f[t], step: t };
      if (f[t] < below && (!winner || t < winner.step)) winner = { one, step: t };
    }
  }
  return { reached: Boolean(winner), winner, closest };
}

function goalWords({ below }, { winner, closest }) {
  if (winner) return `Reached: ${winner.one.label} is below ${short(below)} after ${winner.step} steps.`;
  if (!closest) return "Not yet.";
  return `Not yet: ${closest.one.label} came closest, loss ${short(closest.loss)} at step ${closest.step}.`;
}
