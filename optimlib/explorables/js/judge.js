// Judge: pieces of folklore to call true or false, with the score kept.

const VERDICTS = {
  holds: "It holds.", "holds when": "It depends.", backwards: "It is the other way round.",
  "does not hold": "It does not hold.", open: "Nobody knows yet.",
};
// Only what can be called true or false counts; "it depends" is a lesson, not a point.
const RIGHT = { holds: true, backwards: false, "does not hold": false };

define("judge", judge);

function judge(root, config, host) {
  root.className = "opt opt-judge";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Claims to judge");
  const claims = host.get("claims") || [];
  const answers = remembered();
  const score = el("p", { class: "opt-score", role: "status" });
  const again = el("button", { class: "opt-quiet", text: "Start again", onclick: forget, "data-control": "again" });
  const cards = claims.map((claim) => claimCard(claim, host, (said) => {
    answers[claim.id] = said;
    remember(answers);
    show();
  }));
  const list = el("ol", { class: "opt-claims" }, ...cards.map((card) => card.node));
  root.append(list, el("div", { class: "opt-score-row" }, score, again));

  function show() {
    claims.forEach((claim, i) => cards[i].show(answers[claim.id]));
    setText(score, claims.length > 1 ? scoreWords(claims, answers) : "");
    again.hidden = claims.every(({ id }) => answers[id] === undefined);
  }

  function forget() {
    for (const { id } of claims) delete answers[id];
    remember(answers);
    show();
    cards[0].focus();
  }

  show();
  return () => {};
}

function claimCard(claim, host, answered) {
  const statement = el("p", { class: "opt-claim", id: freshId("claim"), text: claim.statement });
  const buttons = [true, false].map((value) => el("button", {
    text: value ? "True" : "False", onclick: () => answered(value), "data-control": `${claim.id}-${value}`,
  }));
  const outcome = el("p", { class: "opt-outcome", "aria-live": "polite" });
  const node = el("li", { class: "opt-claim-card" }, statement,
    el("div", { class: "opt-buttons", role: "group", "aria-labelledby": statement.id }, ...buttons), outcome);

  function show(said) {
    const done = said !== undefined;
    buttons.forEach((button, i) => {
      const mine = done && said === (i === 0);
      button.disabled = done && !mine;
      button.setAttribute("aria-pressed", String(mine));
    });
    const right = RIGHT[claim.verdict];
    node.dataset.outcome = !done ? "none" : right === undefined ? "depends" : said === right ? "right" : "wrong";
    outcome.replaceChildren(...(done ? outcomeOf(claim, said, right, host) : []));
  }

  return { node, show, focus: () => buttons[0].focus() };
}

function outcomeOf(claim, said, right, host) {
  const praise = right === undefined ? "" : said === right ? "Right. " : "Not so. ";
  const mark = praise + VERDICTS[claim.verdict];
  const parts = [el("strong", { text: mark }), ` ${claim.truth} `];
  const href = claim.href && host.link(claim.href);
  if (href) parts.push(el("a", { href, text: "See the experiment" }));
  return parts;
}

function scoreWords(claims, answers) {
  const given = claims.filter(({ id }) => answers[id] !== undefined);
  const right = given.filter(({ id, verdict }) => RIGHT[verdict] === answers[id]).length;
  const counted = given.filter(({ verdict }) => verdict in RIGHT).length;
  if (!given.length) return `${claims.length} claims. What do you say?`;
  const left = claims.length - given.length;
  return `${right} of ${counted} right${left ? `, ${left} to go` : ""}.`;
}

const MEMORY = "optimlib.judge";

/** Answers from an earlier visit. Browsers may refuse to remember; then each visit starts anew. */
function remembered() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY)) || {};
  } catch {
    return {};
  }
}

function remember(answers) {
  try {
    localStorage.setItem(MEMORY, JSON.stringify(answers));
  } catch {
    // the score is still kept until the page is left
  }
}
