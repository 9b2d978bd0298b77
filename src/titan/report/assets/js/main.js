/* Puts the parts together. One that fails says so in its place and leaves the others alone. */
const part = (selector, build) => {
  try { return build(); } catch (error) {
    console.error(error);
    $(selector)?.replaceChildren(make("p", { class: "empty" }, `This part could not be drawn: ${error.message}`));
    return null;
  }
};
const equityStack = part("#equity", equityChart);
const compareStack = part("#compare", compareChart);
const sourcesStack = part("#sources-chart", sourcesChart);
const basisView = part("#basis-chart", basisChart);
part("#trade-grid", () => tradeGrid(basisView));
const fold = $("#order-fold");
fold?.addEventListener("toggle", () => { if (fold.open && !fold.dataset.built) { fold.dataset.built = "yes"; part("#order-grid", recordGrids); } });

/* The NAV, the comparison and the sources show the same time: a zoom of one is a zoom of all. */
const twins = [equityStack, compareStack, sourcesStack].filter(Boolean);
twins.forEach((mine) => {
  mine.onzoom = () => twins.forEach((other) => { if (other !== mine && (other.min !== mine.min || other.max !== mine.max)) other.zoom(mine.min, mine.max); });
});

const choosable = (nodes, act) => nodes.forEach((node) => {
  node.addEventListener("click", () => act(node));
  node.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(node); } });
});
const showEquity = (from, to) => { equityStack?.zoom(from, to); $("#equity")?.scrollIntoView({ block: "start" }); };
choosable(all("#drawdowns tbody tr"), ({ dataset }) => {
  const [from, to] = [Number(dataset.from), Number(dataset.to)];
  showEquity(from - (to - from) * 0.25, to + (to - from) * 0.25);
});
choosable(all("[data-day]"), ({ dataset }) => { const day = Date.parse(dataset.day) / 1000; showEquity(day - 86400, day + 172800); });
choosable(all("#misses tbody tr"), ({ dataset }) => basisView?.go(dataset.pair, Number(dataset.at), Number(dataset.at)));

/* Days are one stop for the keyboard; arrows move among them. */
const days = all("[data-day]");
if (days.length) days[0].tabIndex = 0;
days.forEach((day, i) => day.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 }[event.key];
  if (!step || !days[i + step]) return;
  event.preventDefault();
  day.tabIndex = -1;
  days[i + step].tabIndex = 0;
  days[i + step].focus();
}));

all(".copy").forEach((button) => button.addEventListener("click", async () => {
  const source = $(`#${button.dataset.copy}`);
  try { await navigator.clipboard.writeText(source.textContent); button.textContent = "Copied"; } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1600);
}));

const root = document.documentElement;
const repaint = (theme) => { root.dataset.theme = theme; STACKS.forEach((stack) => stack.rebuild()); };
$("#theme").addEventListener("click", () => {
  const next = root.dataset.theme === "light" ? "dark" : "light";
  try { localStorage.setItem("titan-theme", next); } catch { /* not kept, still switched */ }
  repaint(next);
});
let before = null;
addEventListener("beforeprint", () => {
  before = root.dataset.theme;
  repaint("light");
  STACKS.forEach((stack) => stack.charts.forEach((chart) => chart.setSize({ width: 960, height: chart.height })));
});
addEventListener("afterprint", () => repaint(before));

const links = new Map(all(".bar nav a").map((link) => [link.hash.slice(1), link]));
const watch = new IntersectionObserver((entries) => entries.forEach((entry) => {
  if (!entry.isIntersecting) return;
  links.forEach((link, id) => link.classList.toggle("here", id === entry.target.id));
  links.forEach((link, id) => (id === entry.target.id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
}), { rootMargin: "-20% 0px -70% 0px" });
all("main > section").forEach((section) => watch.observe(section));
