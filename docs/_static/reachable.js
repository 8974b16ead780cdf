// What scrolls sideways can be reached and scrolled by the keyboard.
const SCROLLING = "pre, .table-wrapper, div.math, .drawing-scroll";

function makeReachable() {
  for (const node of document.querySelectorAll(SCROLLING)) {
    if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
  }
}

window.addEventListener("load", () => {
  const formulas = window.MathJax && MathJax.startup ? MathJax.startup.promise : Promise.resolve();
  formulas.then(makeReachable);
});
window.addEventListener("resize", makeReachable);
document.addEventListener("toggle", makeReachable, true);
