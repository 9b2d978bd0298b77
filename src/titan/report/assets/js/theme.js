/* Runs before the first paint, so that the page never flashes the other theme. */
(() => {
  let kept = null;
  try { kept = localStorage.getItem("titan-theme"); } catch { /* a page from disk may have no storage */ }
  const light = matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = kept || (light ? "light" : "dark");
})();
