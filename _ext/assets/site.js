/* Small services of the page. Everything else works without JavaScript. */
(function () {
  "use strict";

  /* Paper is white and shows what boxes hide; afterwards all is as it was. */
  var page = document.documentElement;
  var opened = [];
  var theme = "";
  addEventListener("beforeprint", function () {
    theme = page.dataset.theme;
    page.dataset.theme = "light";
    opened = Array.prototype.filter.call(document.querySelectorAll("details:not([open])"), function (box) {
      box.open = true;
      return true;
    });
  });
  addEventListener("afterprint", function () {
    page.dataset.theme = theme;
    opened.forEach(function (box) { box.open = false; });
    opened = [];
  });

  /* A link into a closed box opens it. */
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var box = target; box; box = box.parentElement) {
      if (box.tagName === "DETAILS") box.open = true;
    }
  }
  addEventListener("hashchange", reveal);
  addEventListener("DOMContentLoaded", reveal);

  /* What can be scrolled sideways can be reached by keyboard. */
  function reach() {
    document.querySelectorAll(".pst-scrollable-table-container, div.math").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }
  addEventListener("load", reach);
  addEventListener("resize", reach);

  /* The contents beside the text show where the reader is: the last heading above the upper third. */
  var places = [];
  var frame = 0;
  function mark() {
    frame = 0;
    var here = places[0];
    places.forEach(function (place) {
      if (place.heading.getBoundingClientRect().top < innerHeight / 3) here = place;
    });
    places.forEach(function (place) {
      place.link.classList.toggle("active", place === here);
      if (place === here) place.link.setAttribute("aria-current", "true");
      else place.link.removeAttribute("aria-current");
      for (var item = place.link.closest("li"); item; item = item.parentElement.closest("li")) {
        item.classList.toggle("active", item.contains(here.link));
      }
    });
  }
  addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".bd-toc-nav a[href^='#']").forEach(function (link) {
      var heading = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
      if (heading) places.push({ link: link, heading: heading });
    });
    if (!places.length) return;
    addEventListener("scroll", function () { frame = frame || requestAnimationFrame(mark); }, { passive: true });
    mark();
  });

  /* The system's light or dark changes while the page is open: follow it, unless the reader has chosen. */
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function (system) {
    if (page.dataset.mode === "auto") page.dataset.theme = system.matches ? "dark" : "light";
  });
})();
