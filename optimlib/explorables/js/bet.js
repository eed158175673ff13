// A bet: the reader commits to a prediction, then the control it is about is unlocked, then the answer is said.

function betPanel(app) {
  const question = el("p", { class: "opt-bet-question", id: freshId("bet") });
  const options = el("div", { class: "opt-buttons", role: "group", "aria-labelledby": question.id });
  const verdict = el("p", { class: "opt-bet-verdict", "aria-live": "polite" });
  const tell = el("button", { class: "opt-quiet", text: "Tell me", onclick: () => reveal(), "data-control": "bet-tell" });
  const tag = el("span", { class: "opt-tag", text: "Your bet" });
  const node = el("div", { class: "opt-bet" }, tag, question, options, verdict, tell);
  let asked = null; // the question these answers belong to
  let choice = -1, answered = false, before = null;

  function commit(i) {
    choice = i;
    before = { ...app.state };
    app.change({ answer: i }); // for Python, which may want to know
    const { unlocks } = app.state.bet;
    app.relock();
    if (unlocks) sync();
    else reveal();
    const next = `[data-control="param-${unlocks}"], [data-control="${unlocks}"]`;
    if (unlocks) node.parentNode.querySelector(next)?.focus({ preventScroll: true });
  }

  function reveal() {
    answered = true;
    app.relock();
    sync();
  }

  /** After a change that has come to rest: was it enough of a turn to show the answer? */
  function watch() {
    const { bet } = app.state;
    if (choice >= 0 && !answered && app.moved(bet.unlocks, before)) reveal();
  }

  function sync() {
    const { bet } = app.state;
    node.hidden = !bet;
    if (!bet) return;
    if (asked !== bet.question) begin(bet.question);
    setText(question, bet.question);
    options.replaceChildren(...bet.options.map((text, i) => el("button", {
      text, onclick: () => commit(i), class: markOf(i), "data-control": `bet-${i}`,
      disabled: choice >= 0 && choice !== i, "aria-pressed": choice >= 0 ? String(choice === i) : null,
    })));
    setText(verdict, betWords(bet, choice, answered, app.nameOf(bet.unlocks)));
    tell.hidden = choice < 0 || answered;
    node.classList.toggle("opt-open", choice < 0);
  }

  function markOf(i) {
    if (!answered) return null;
    return i === app.state.bet.answer ? "opt-right" : i === choice ? "opt-wrong" : null;
  }

  /** A new question, or one that was answered already where the notebook was left. */
  function begin(about, given = app.state.answer) {
    asked = about;
    answered = Number.isInteger(given);
    choice = answered ? given : -1;
    app.relock();
  }

  return {
    node, keys: ["bet"], sync, watch,
    holds: (control) => Boolean(app.state.bet) && choice < 0 && app.state.bet.unlocks === control,
    invites: (control) => Boolean(app.state.bet) && choice >= 0 && !answered && app.state.bet.unlocks === control,
    reset() {
      if (!app.state.bet) return;
      begin(app.state.bet.question, null);
      sync();
    },
  };
}

function betWords({ options, answer, unlocks, because }, choice, answered, name) {
  if (choice < 0) return unlocks ? `Commit, and ${name} unlocks.` : "Commit, then see.";
  if (!answered) return unlocks === "play" ? "Now press play." : `Now move ${name}.`;
  const right = choice === answer ? "You were right." : `You said ${options[choice]}. It is ${options[answer]}.`;
  return `${right} ${because || ""}`.trim();
}
