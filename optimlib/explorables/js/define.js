// How an instrument gets onto a page: as a custom element on the site, through anywidget in a notebook.

const INSTRUMENTS = {};

/** instrument(root, config, host) builds itself into root and returns what takes it down again. */
function define(name, instrument) {
  INSTRUMENTS[name] = instrument;
}

/** Makes <opt-race> and the others known; each reads data-config and takes the place of the picture inside it. */
function defineElements() {
  for (const [name, instrument] of Object.entries(INSTRUMENTS)) {
    customElements.define(`opt-${name}`, class extends HTMLElement {
      connectedCallback() {
        if (!this.stop) this.stop = mount(this, name, instrument);
      }
    });
  }
}

/** Builds the instrument beside the picture and only then removes the picture: if it fails, the picture stays. */
function mount(element, name, instrument) {
  const root = document.createElement("div");
  try {
    const config = JSON.parse(element.dataset.config || "{}");
    const picture = [...element.childNodes];
    element.append(root);
    const stop = instrument(root, config, siteHost(element, name, config));
    for (const node of picture) node.remove();
    return stop;
  } catch (error) {
    root.remove();
    console.error(error);
    return () => {};
  }
}

/** anywidget's entry: the trait `instrument` says which one, `code` brings a learner's own rules from Python. */
function renderInJupyter({ model, el: root }) {
  const name = model.get("instrument").replace("opt-", "");
  for (const [key, source] of Object.entries(model.get("code") || {})) {
    BOOK.rules[key] = new Function("pow", `return ${source}`)(pow);
  }
  const inner = document.createElement("div");
  root.append(inner);
  let stop = () => {}, gone = false;
  whenOnPage(() => {
    if (!gone) stop = INSTRUMENTS[name](inner, {}, jupyterHost(model));
  });
  return () => {
    gone = true;
    stop();
  };

  // A notebook renders into a node that it puts on the page later; until then there are no sizes and no colors.
  function whenOnPage(ready) {
    if (inner.isConnected) ready();
    else if (!gone) requestAnimationFrame(() => whenOnPage(ready));
  }
}
