// Where an instrument lives: on a page of the site, or in a notebook with Python behind it.

/** On the site: the configuration stands in the page, nothing is behind it, and the address can carry the state. */
function siteHost(element, name, config) {
  const order = () => [...document.querySelectorAll(`opt-${name}`)].indexOf(element);
  return {
    where: "site",
    get: (trait) => config[trait],
    set() {},
    onChange() {},
    call: async () => null,
    shareUrl: (query) => `${location.href.split("#")[0]}#${name}=${order()}&${query}`,
    embedUrl: (query) => new URL(`${siteRoot()}embed/${config.page || name}.html#${name}=0&${query}`, location.href).href,
    /** What the address says about this very element: the first of a page is meant if it does not say which. */
    shared() {
      const tail = location.hash.match(new RegExp(`^#${name}=(\\d*)&?(.*)$`));
      return tail && Number(tail[1]) === order() ? tail[2] : null;
    },
    onShared: (changed) => listening(window, "hashchange", changed),
    /** A page of the book, given from the site's root, seen from this page. */
    link: (path) => siteRoot() + path,
  };
}

/** In a notebook: every trait is read, set and observed; messages go to Python and back. */
function jupyterHost(model) {
  const waiting = new Map();
  const own = new Set(); // traits being set from here: their change events are ours
  let asked = 0;
  model.on("msg:custom", (message) => {
    const answer = waiting.get(message.id);
    waiting.delete(message.id);
    if (answer) answer(message);
  });
  return {
    where: "jupyter",
    get: (trait) => model.get(trait),
    set(values) {
      for (const [trait, value] of Object.entries(values)) {
        own.add(trait);
        model.set(trait, value);
        own.delete(trait);
      }
      model.save_changes(); // one message, so that Python checks them together
    },
    onChange: (trait, changed) => model.on(`change:${trait}`, () => own.has(trait) || changed(model.get(trait))),
    call: (message) => new Promise((resolve) => {
      const id = ++asked;
      waiting.set(id, resolve);
      model.send({ ...message, id });
    }),
    shareUrl: () => "",
    shared: () => null,
    onShared: () => () => {},
    link: () => "",
  };
}

function siteRoot() {
  return document.documentElement.dataset.content_root || "";
}

function listening(target, event, changed) {
  target.addEventListener(event, changed);
  return () => target.removeEventListener(event, changed);
}
