"""How the page looks, and how its tables sort."""

STYLE = """
:root { --ink: #1f2933; --soft: #52606d; --line: #d9e2ec; --tint: #f5f7fa;
  --check: #a84400; --note: #005a8c; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.55;
  font: 16px/1.55 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
main, header, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
h1 { font-weight: 300; font-size: 2.1rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-weight: 400; font-size: 1.4rem; margin: 3rem 0 .8rem; padding-top: .6rem;
  border-top: 1px solid var(--line); }
h3 { font-weight: 600; font-size: 1rem; margin: 1.6rem 0 .3rem; }
p { margin: .5rem 0; max-width: 46rem; }
.lead, figcaption, caption, footer, .small { color: var(--soft); }
.small, figcaption, caption, footer { font-size: .88rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none;
  padding: 0; margin: 1rem 0 0; font-size: .92rem; }
a { color: var(--note); }
dl.facts { display: grid; gap: .1rem 1.5rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
dl.facts div { border-left: 3px solid var(--line); padding: .2rem .8rem;
  margin: .4rem 0; }
dl.facts dt { font-size: .85rem; color: var(--soft); }
dl.facts dd { margin: 0; font-size: 1.25rem; font-weight: 300;
  overflow-wrap: anywhere; }
ul.findings { list-style: none; padding: 0; margin: 1rem 0; }
ul.findings li { border-left: 4px solid var(--note); background: var(--tint);
  padding: .5rem 1rem; margin: .7rem 0; break-inside: avoid; }
ul.findings li.check { border-color: var(--check); }
ul.findings h3 { margin: .1rem 0; }
ul.findings p { overflow-wrap: anywhere; max-width: none; }
.level { font-size: .75rem; font-weight: 600; letter-spacing: .05em;
  text-transform: uppercase; color: var(--note); margin-right: .6rem; }
.check .level { color: var(--check); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; min-width: 60%; }
caption { text-align: left; padding-bottom: .4rem; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; }
td.short { white-space: nowrap; }
td.text { overflow-wrap: anywhere; min-width: 6rem; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0;
  cursor: pointer; text-align: inherit; }
th button:hover, th button:focus-visible { text-decoration: underline; }
th[aria-sort=ascending] button::after { content: " ▲"; }
th[aria-sort=descending] button::after { content: " ▼"; }
figure { margin: 1.2rem 0; break-inside: avoid; }
img { max-width: 100%; height: auto; display: block; }
figcaption { max-width: 46rem; margin-top: .4rem; }
footer { padding-bottom: 3rem; margin-top: 3rem; }
code { font-size: .9em; overflow-wrap: anywhere; }
@media print {
  body { font-size: 10pt; } nav { display: none; } h2, h3 { break-after: avoid; }
  main, header, footer { max-width: none; padding: 0; } .scroll { overflow: visible; }
  table { font-size: 8.5pt; } tr { break-inside: avoid; }
  thead { display: table-header-group; } img { max-height: 11cm; width: auto; }
}
"""

SCRIPT = """
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, heads = [...head.parentElement.children];
    const column = heads.indexOf(head), body = head.closest("table").tBodies[0];
    const up = head.getAttribute("aria-sort") !== "ascending";
    const value = row => {
      const cell = row.cells[column];
      return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent;
    };
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if (typeof x !== "number" || typeof y !== "number")
        return String(x).localeCompare(String(y), undefined, {numeric: true});
      return Number.isNaN(x) - Number.isNaN(y) || x - y;
    };
    const rows = [...body.rows].sort((a, b) => (up ? 1 : -1) * compare(a, b));
    heads.forEach(one => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows);
  });
}
"""
