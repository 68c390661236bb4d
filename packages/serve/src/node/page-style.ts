/** The style of the page. */
export const PAGE_STYLE = `:root{color-scheme:light dark;--ground:#fff;--text:#16181d;--line:#8a8f98;--accent:#2456c4;--on-accent:#fff;--bad:#a3271c}
@media (prefers-color-scheme:dark){:root{--ground:#14161a;--text:#e8eaee;--line:#7f858f;--accent:#9ab8ff;--on-accent:#10182b;--bad:#ff9d93}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem}
h1{font-size:1.6rem;margin:0 0 .5rem}
h2{font-size:1.2rem}
#drop{border:2px dashed var(--line);border-radius:.5rem;padding:.5rem 1rem 1rem}
#drop.over{border-color:var(--accent)}
.channel{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:center;margin:.5rem 0}
.channel label{min-width:6rem;font-weight:600;overflow-wrap:anywhere}
input[type=file]{max-width:100%}
button{font:inherit;padding:.5rem 1.25rem;border-radius:.4rem;border:1px solid var(--accent);background:none;color:var(--accent);cursor:pointer}
button[type=submit]{background:var(--accent);color:var(--on-accent)}
button:disabled{opacity:.5;cursor:default}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
progress{width:100%;height:1rem;accent-color:var(--accent)}
#status.bad{color:var(--bad)}
#status{white-space:pre-line;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--line)}
.number{text-align:right;font-variant-numeric:tabular-nums}
.swatch{display:inline-block;width:1em;height:1em;margin-right:.5em;border:1px solid var(--line);vertical-align:-.12em}
a{color:var(--accent)}
footer{margin-top:2rem;font-size:.9rem}
`;
