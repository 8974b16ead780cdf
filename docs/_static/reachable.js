// What scrolls sideways can be reached and scrolled by the keyboard.
const SCROLLING = "pre, .table-wrapper, div.math, .drawing-scroll";

function makeReachable() {
  for (const node of document.querySelectorAll(SCROLLING)) {
    if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  }
}

// Formulas and fonts that arrive late, a fold that opens and a window that narrows all change a width.
window.addEventListener("load", () => {
  const widths = new ResizeObserver(makeReachable);
  for (const node of document.querySelectorAll(SCROLLING)) {
    widths.observe(node);
    if (node.firstElementChild) widths.observe(node.firstElementChild);
  }
  const formulas = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
  formulas.then(makeReachable);
});
