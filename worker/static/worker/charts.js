// A chart is drawn from the table beside it, so that both always say the same.

const FONT = "14px system-ui, sans-serif";
const HEIGHT = 220;
const DASHES = { long: [10, 5], short: [5, 4], dots: [2, 3], mixed: [10, 4, 2, 4] };
const STROKES = { long: "dashed", short: "dashed", dots: "dotted", mixed: "dashed" };
const ON_EDGE = 1.2; // of a scale's end to what is highest
const drawn = new Map(); // each figure's plot

/** Draw every chart below `root`, and close its table. */
export function drawAll(root) {
  for (const [figure, plot] of drawn) if (!figure.isConnected) drop(figure, plot);
  for (const figure of root.querySelectorAll(".chart:has(.plot)")) draw(figure);
}

/** Draw again what is there, in other colours or widths. */
export function redrawAll() {
  for (const figure of [...drawn.keys()]) draw(figure);
}

function drop(figure, plot) {
  plot.destroy();
  drawn.delete(figure);
}

function draw(figure) {
  const place = figure.querySelector(".plot");
  const first = place.hidden;
  if (drawn.has(figure)) drop(figure, drawn.get(figure));
  place.hidden = false;
  if (first) figure.querySelector("details").open = false;
  const table = read(figure.querySelector("table"));
  drawn.set(figure, new uPlot(options(figure, place, table), [table.xs, ...table.shown.map((one) => one.ys)], place));
}

/** Columns of numbers: what stands in the rows' heads, and each series that is to be drawn. */
function read(table) {
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const xs = rows.map((row) => at(row.cells[0].firstElementChild));
  const series = heads.map((head, place) => {
    const cells = rows.map((row) => row.cells[place + 1]);
    return {
      name: head.textContent,
      ...head.dataset,
      ys: cells.map((cell) => (cell.dataset.v === "" ? null : Number(cell.dataset.v))),
      alarmed: cells.map((cell) => "alarmed" in cell.dataset),
    };
  });
  return { xs, shown: series.filter((one) => one.draw !== "none") };
}

const at = (head) => (head.dateTime ? Date.parse(head.dateTime) / 1000 : Number(head.value));

const colour = (tone) => getComputedStyle(document.documentElement).getPropertyValue(`--${tone}`).trim();

function options(figure, place, { xs, shown }) {
  const { unit, zone, level } = figure.dataset;
  const known = shown.flatMap((one) => one.ys.filter((y) => y !== null));
  const highest = Math.max(Number(level ?? 0), ...known);
  const lowest = unit === "share" && known.every((y) => y > 0.5) ? 0.5 : 0;
  return {
    width: place.clientWidth,
    height: HEIGHT,
    ...(zone && { tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone) }),
    scales: { x: { time: Boolean(zone), range: reach(xs, shown) }, y: { range: [lowest, top(unit, highest)] } },
    axes: [axis({ values: (_, ticks) => ticks.map((tick) => mark(tick, zone, xs)) }), axis({ size: 56, values: (_, ticks) => ticks.map((tick) => write(unit, tick)) })],
    series: [{ value: (_, x) => (x === null ? "–" : moment(x, zone)) }, ...shown.map((one) => series(one, unit))],
    bands: shown.flatMap((one, i) => (one.draw === "high" ? [{ series: [i + 1, i], fill: tint("muted", 0.2) }] : [])),
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: { drawClear: level ? [(plot) => shade(plot, Number(level))] : [], draw: [(plot) => ring(plot, xs, shown)] },
  };
}

function top(unit, highest) {
  if (unit === "chance") return 1;
  if (unit === "share") return Math.min(1, Math.max(0.05, highest * ON_EDGE));
  return Math.max(1, highest * ON_EDGE);
}

/** Half a step of room at both ends, for bars and for what has one row only. */
function reach(xs, shown) {
  const step = xs.length > 1 ? xs[1] - xs[0] : 3600;
  if (shown.some((one) => one.draw === "step")) return [xs[0], xs.at(-1) + step];
  return [xs[0] - step / 2, xs.at(-1) + step / 2];
}

const axis = (more) => ({
  stroke: colour("muted"),
  font: FONT,
  grid: { stroke: colour("line"), width: 1 },
  ticks: { stroke: colour("line"), width: 1 },
  ...more,
});

function series(one, unit) {
  const stroke = colour(one.tone);
  const end = one.draw === "low" || one.draw === "high";
  return {
    label: one.name,
    stroke: end ? "transparent" : stroke,
    width: 2,
    dash: DASHES[one.dash],
    spanGaps: false,
    points: { show: one.ys.filter((y) => y !== null).length < 40 && !end && one.draw === "line", size: 5, fill: stroke, stroke },
    value: (_, y) => (y === null || y === undefined ? "–" : write(unit, y)),
    ...(one.draw === "bar" && { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: stroke, width: 0 }),
    ...(one.draw === "step" && { paths: uPlot.paths.stepped({ align: 1 }) }),
  };
}

function write(unit, value) {
  if (unit === "share" || unit === "chance") return `${(100 * value).toFixed(value < 0.1 && value > 0 ? 1 : 0)}%`;
  return unit === "count" ? value.toLocaleString("en") : value.toFixed(1);
}

/** What stands below the chart: the day, or the hour where there is hardly more than a day. */
function mark(x, zone, xs) {
  if (!zone) return x.toFixed(1);
  const hours = xs.at(-1) - xs[0] < 2 * 86_400;
  const parts = hours ? { hour: "2-digit", minute: "2-digit", hour12: false } : { day: "numeric", month: "short" };
  return new Date(x * 1000).toLocaleString("en-GB", { timeZone: zone, ...parts });
}

function moment(x, zone) {
  if (!zone) return x.toFixed(2);
  const parts = { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };
  return new Date(x * 1000).toLocaleString("en-GB", parts);
}

/** A colour of the design, thinner. */
function tint(tone, share) {
  return colour(tone) + Math.round(255 * share).toString(16).padStart(2, "0");
}

/** The band in which something is beyond chance, with its edge. */
function shade(plot, level) {
  const { ctx } = plot;
  const { left, top: upper, width } = plot.bbox;
  const edge = plot.valToPos(level, "y", true);
  ctx.save();
  ctx.fillStyle = tint("wrong", 0.12);
  ctx.fillRect(left, upper, width, edge - upper);
  ctx.strokeStyle = colour("wrong");
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(left, edge);
  ctx.lineTo(left + width, edge);
  ctx.stroke();
  ctx.restore();
}

/** A ring around each figure that is alarmed. */
function ring(plot, xs, shown) {
  const { ctx } = plot;
  ctx.save();
  ctx.strokeStyle = colour("wrong");
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const one of shown) {
    one.alarmed.forEach((alarmed, i) => {
      if (!alarmed) return;
      ctx.beginPath();
      ctx.arc(plot.valToPos(xs[i], "x", true), plot.valToPos(one.ys[i], "y", true), 6 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.stroke();
    });
  }
  ctx.restore();
}

/** uPlot draws each marker's line whole; ours tells the dashes apart in the legend, too. */
export function dashLegends(root) {
  for (const figure of root.querySelectorAll(".chart")) {
    const heads = [...figure.querySelectorAll("thead th[data-draw]")].filter((head) => head.dataset.draw !== "none");
    const markers = [...figure.querySelectorAll(".u-series .u-marker")];
    heads.forEach((head, i) => {
      const marker = markers.at(i - heads.length);
      if (marker) marker.style.borderStyle = STROKES[head.dataset.dash] ?? "solid";
    });
  }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
new ResizeObserver(() => {
  for (const [figure, plot] of drawn) {
    const width = figure.querySelector(".plot").clientWidth;
    if (width && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  }
}).observe(document.body);
