// The row below: what is folded away, and what a reader takes along.

/** A button that shows and hides `panel`. */
function fold(text, panel, opened, control) {
  panel.node.id = freshId("fold");
  panel.node.hidden = true;
  panel.unfold = () => panel.node.hidden && button.click();
  const button = el("button", {
    class: "opt-fold", text, "aria-expanded": "false", "aria-controls": panel.node.id, "data-control": control,
  });
  button.addEventListener("click", () => {
    panel.node.hidden = !panel.node.hidden;
    button.setAttribute("aria-expanded", String(!panel.node.hidden));
    if (!panel.node.hidden) opened(panel);
  });
  return button;
}

function copyField(control) {
  return el("textarea", { class: "opt-copy-text", readonly: true, spellcheck: "false", "data-control": control });
}

function fillField(field, text) {
  field.value = text;
  field.rows = Math.min(20, text.trimEnd().split("\n").length);
}

/** Share and Copy as Python: what is copied is also shown, so that it can be read, and copied by hand. */
function takeAlong(app) {
  const said = el("span", { class: "opt-copied", role: "status" });
  const field = copyField("copied"), also = copyField("copied-also");
  const alsoName = el("p", { class: "opt-note", id: freshId("also") });
  const more = el("div", { class: "opt-copy-more" }, alsoName, also);
  also.setAttribute("aria-labelledby", alsoName.id);
  const close = el("button", { class: "opt-quiet", text: "Close", onclick: () => hide(), "data-control": "copied-close" });
  const node = el("div", { class: "opt-copy", hidden: true }, el("div", { class: "opt-copy-head" }, said, close), field, more);
  let from = null;

  async function offer(button, what, text, [second, secondText] = ["", ""]) {
    from = button;
    node.hidden = false;
    fillField(field, text);
    more.hidden = !second;
    setText(alsoName, second);
    fillField(also, secondText);
    field.setAttribute("aria-label", what);
    const copied = await copyText(text, field);
    setText(said, copied ? `${what}, copied.` : `${what}: select and copy.`);
  }

  function hide() {
    node.hidden = true;
    if (from) from.focus();
  }

  const python = el("button", { text: "Copy as Python", "data-control": "python" });
  python.addEventListener("click", () => offer(python, "Python that gives this picture", app.python()));
  const share = el("button", { text: "Share", "data-control": "share" });
  share.addEventListener("click", () => {
    const { shareUrl, embedUrl } = app.host;
    const frame = `<iframe src="${embedUrl(app.query())}" width="100%" height="760" title="Optimizers, Tested"></iframe>`;
    const alone = ["To put it alone into a slide or a course page:", frame];
    offer(share, "Link to this picture", shareUrl(app.query()), alone);
  });
  share.hidden = app.host.where !== "site"; // a notebook's address is of no use to others
  return { node, buttons: [share, python] };
}
