"""How the HTML report looks: the site's colours, light and dark, and tables that scroll."""

STYLE = """
:root{color-scheme:light dark;--ground:#f6f6f7;--surface:#fff;--ink:#17181a;--muted:#585b61;
--line:#dcdde0;--ai:#e69f00;--human:#0072b2}
@media (prefers-color-scheme:dark){:root{--ground:#131416;--surface:#1c1d20;--ink:#ececef;
--muted:#a6a9b0;--line:#313338;--human:#3a9bdc}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
main{max-width:76rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.75rem;font-weight:600;margin:0 0 1rem;overflow-wrap:anywhere}
h2{font-size:1rem;font-weight:600;margin:3rem 0 1rem}
p,li{max-width:46rem}
.lead{font-size:1.25rem;line-height:1.4}
code{overflow-wrap:anywhere;font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;
font-size:.9em}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.875rem;width:100%}
th,td{padding:.4rem .75rem;text-align:right;white-space:nowrap;
border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
th{font-weight:400;color:var(--muted)}
th:first-child{text-align:left;color:var(--ink);position:sticky;left:0;background:var(--surface);
white-space:normal;min-width:9rem}
@media (min-width:48rem){th:first-child{min-width:19rem}}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:1rem}
figure{margin:0;padding:1rem;background:var(--surface);border:1px solid var(--line);
border-radius:.5rem;display:flex;flex-direction:column;justify-content:space-between}
figcaption{font-size:.875rem;color:var(--muted);margin-bottom:.5rem}
figcaption b{color:var(--ink);font-weight:600;display:block}
svg{width:100%;height:auto;display:block}
svg text{fill:var(--muted);font-size:12px}
.grid{stroke:var(--line)}
.guide{stroke:var(--muted);stroke-dasharray:4 4;fill:none}
.curve{stroke:var(--ink);stroke-width:2;fill:none;stroke-linejoin:round}
.band{stroke:var(--muted);stroke-width:6;opacity:.35}
.ink{fill:var(--ink)}
.here{fill:var(--ai);stroke:var(--ink)}
.ai{fill:var(--ai)}
.human{fill:var(--human)}
"""
