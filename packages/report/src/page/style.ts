/** The page's style sheet. Colours have two values, for a light and a dark page. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #14171b);
  --raised: light-dark(#f6f7f8, #1c2026);
  --ink: light-dark(#1c2127, #e4e7ea);
  --quiet: light-dark(#56606b, #a3adb8);
  --line: light-dark(#d9dde1, #363d46);
  --link: light-dark(#0a5796, #7db8f0);
  --warm: light-dark(#9a4300, #f0a868);
  --figure-grid: light-dark(#e3e6e9, #333a43);
  --figure-frame: light-dark(#89919a, #7c8691);
  --figure-quiet: light-dark(#56606b, #a3adb8);
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
h1, h2, h3 { font-family: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif; line-height: 1.25; font-weight: 600; }
h1 { font-size: 2rem; margin: 0; }
h2 { font-size: 1.5rem; margin: 0 0 1rem; }
h3 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
a { color: var(--link); }
code { font-size: .92em; }
.wrap { max-width: 74rem; margin: 0 auto; padding: 0 1.25rem; }
.head { padding-top: 2.5rem; padding-bottom: 1.25rem; }
.head p { margin: .35rem 0 0; color: var(--quiet); }
nav { position: sticky; top: 0; z-index: 2; background: var(--paper); border-block: 1px solid var(--line); }
nav .wrap { display: flex; align-items: center; gap: .25rem 1.25rem; flex-wrap: wrap; padding-top: .5rem; padding-bottom: .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; list-style: none; margin: 0; padding: 0; flex: 1; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { padding: 2.5rem 0; border-bottom: 1px solid var(--line); }
section:last-of-type { border-bottom: 0; }
footer { color: var(--quiet); font-size: .875rem; padding-top: 1rem; padding-bottom: 2.5rem; }
footer pre { white-space: pre-wrap; font-size: .75rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; z-index: 3; background: var(--paper); padding: .5rem .75rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9rem), 1fr)); gap: .75rem 1.5rem; margin: 0; }
.facts dt { color: var(--quiet); font-size: .875rem; }
.facts dd { margin: 0; font-weight: 600; }
.note, .about { color: var(--quiet); font-size: .925rem; }
.first { padding-left: 2rem; }
.first li { margin: .3rem 0; }
ul.plain, ul.remarks { padding-left: 1.2rem; margin: .5rem 0; }
dialog ul.more { margin-top: -.5rem; }
ul.remarks li::marker { content: "▲ "; font-size: .7em; color: var(--warm); }
ul.remarks li { padding-left: .25rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; padding: 0; margin: 0; font-weight: 400; }
.swatch { width: .8em; height: .8em; }
.scroll { overflow-x: auto; margin: 1.25rem 0; }
table { border-collapse: collapse; font-size: .925rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: .35rem; }
thead th { border-bottom: 2px solid var(--figure-frame); vertical-align: bottom; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: top; }
thead th { font-weight: 600; }
.number { text-align: right; }
.words, tbody th { text-align: left; }
tbody th { min-width: 4rem; }
td.words { min-width: min(11rem, 30vw); max-width: 40rem; }
td.long { min-width: 15rem; }
.strong > * { font-weight: 700; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem 2rem; margin: 1rem 0; align-items: start; }
.chart svg { display: block; width: 100%; max-width: 32rem; height: auto; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2rem; }
figure { margin: 0; }
figcaption { font-size: .85rem; color: var(--quiet); margin-top: .25rem; }
figure img { display: block; width: 100%; height: auto; background: #ffffff; border-radius: 3px; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 9rem), 1fr)); gap: 1rem; align-items: end; }
.diagram { margin-top: 1.5rem; }
.diagram img { max-width: 60rem; }
summary { cursor: pointer; color: var(--link); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 32rem), 1fr)); gap: 1.25rem; margin: 1.25rem 0; }
.case { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 1rem; min-width: 0; }
.case h3 { margin: 0; }
.case .about { margin: .1rem 0 .5rem; }
.tag { font: .8rem/1.4 system-ui, sans-serif; border: 1px solid var(--figure-frame); border-radius: 1rem; padding: 0 .55rem; margin-left: .25rem; vertical-align: 2px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 7.5rem), 1fr)); gap: .6rem; margin: .6rem 0; align-items: start; }
button, select { font: inherit; font-size: .925rem; color: var(--ink); background: var(--paper); border: 1px solid var(--figure-frame); border-radius: 4px; padding: .3rem .75rem; cursor: pointer; }
button:hover { border-color: var(--link); color: var(--link); }
button:disabled { color: var(--quiet); border-color: var(--line); cursor: default; }
.open, .theme, .unfolds { display: none; }
.script .unfolds { display: block; margin: -.25rem 0 .5rem; }
.script .case > .more { display: none; }
.script .open, .script .theme { display: inline-block; }
.script .details { display: none; }
.script .case .pictures { cursor: zoom-in; }
dialog { color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 0; width: min(70rem, calc(100vw - 1.5rem)); max-width: none; max-height: calc(100vh - 1.5rem); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / .55); }
dialog .bar { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; padding: .75rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line); }
dialog .bar h2 { flex: 1; margin: 0; font-size: 1.25rem; min-width: 8rem; }
dialog .body { padding: .5rem 1.25rem 1.25rem; }
.script dialog .details { display: block; }
.viewer { margin: .6rem 0 1.2rem; }
.viewer .canvas { position: relative; height: min(26rem, 60vh); background: #000000; border-radius: 3px; overflow: hidden; }
.controls { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr)); gap: .5rem 1.25rem; margin-top: .75rem; }
.controls label { display: block; font-size: .875rem; color: var(--quiet); }
.controls :is(input, select) { width: 100%; accent-color: var(--link); }
@media (max-width: 40rem) {
  nav ul { flex-wrap: nowrap; overflow-x: auto; padding-block: .25rem; white-space: nowrap; }
  nav .wrap { flex-wrap: nowrap; }
  .head { padding-top: 1.5rem; }
  .head h1 { font-size: 1.6rem; }
  section { padding: 1.75rem 0; }
  dialog .bar h2 { flex: 1 1 100%; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; }
  nav, .skip, .open, .script .open, .theme, dialog { display: none; }
  .script .details, .script .case > .more { display: block; }
  .script .unfolds { display: none; }
  section { break-inside: auto; padding: 1.5rem 0; }
  .case, figure, .chart, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
