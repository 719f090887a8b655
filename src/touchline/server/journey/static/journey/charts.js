// Charts drawn by ECharts in the place of a figure's SVG, which stays for paper and for browsers without scripts.
let library;
const echarts = (address) =>
  (library ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address });
    script.onload = () => resolve(window.echarts);
    script.onerror = () => reject(new Error("echarts"));
    document.head.append(script);
  }));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
// numbers as the reader of the page writes them
const written = ({ decimal = ".", thousands = "" }) => (value) => {
  const [whole, part] = `${Math.round(value * 1000) / 1000}`.split(".");
  return whole.replaceAll(/\B(?=(\d{3})+$)/g, thousands) + (part ? decimal + part : "");
};
const base = () => ({
  animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 300,
  textStyle: { fontFamily: "Inter, system-ui, sans-serif", color: colour("ink") },
  tooltip: {
    renderMode: "richText", backgroundColor: colour("surface"), borderColor: colour("hair"), borderWidth: 1,
    textStyle: { color: colour("ink"), fontSize: 12 }, confine: true,
  },
});
const axis = () => ({
  axisLine: { lineStyle: { color: colour("hair") } }, axisTick: { show: false },
  axisLabel: { color: colour("muted"), fontSize: 11 }, splitLine: { lineStyle: { color: colour("hair") } },
});

const sankey = ({ rows, words }) => {
  const number = written(words);
  const links = rows.filter((row) => row.target !== null && row.target !== undefined && row.n);
  if (!links.length) return null;
  const name = (level, state) => `${level}|${state}`;
  const nodes = new Set(links.flatMap((row) => [name(row.level, row.source), name(row.level + 1, row.target)]));
  const ends = /^[<(]?(ended|end|none|nothing|left)[)>]?$/i;
  const raw = (text) => text.slice(text.indexOf("|") + 1);
  const plain = (text) => words.names[raw(text)] ?? raw(text);
  return {
    ...base(),
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataType, data, value }) =>
        dataType === "edge" ? `${plain(data.source)} → ${plain(data.target)}: n ${number(data.value)}`
          : `${plain(data.name)}: n ${number(value)}`,
    },
    series: [{
      type: "sankey", nodeWidth: 9, nodeGap: 12, left: 4, right: 130, top: 10, bottom: 10, draggable: true,
      emphasis: { focus: "adjacency" },
      data: [...nodes].map((id) => ({
        name: id, itemStyle: { color: colour(ends.test(raw(id)) ? "bad" : "ink"), borderWidth: 0 },
      })),
      links: links.map((row) => ({
        source: name(row.level, row.source), target: name(row.level + 1, row.target), value: row.n,
        lineStyle: { color: colour(ends.test(row.target) ? "bad" : "ink"), opacity: 0.14, curveness: 0.5 },
      })),
      label: { color: colour("ink"), fontSize: 12, formatter: ({ name: id }) => plain(id) },
    }],
  };
};

const DAY = 86_400_000;
const DATES = 8; // below a trend, each under its own point
const iso = (time) => new Date(time).toISOString().slice(0, 10);
const withGaps = (rows) => {
  const at = rows.map((row) => Date.parse(row.period));
  const step = Math.min(...at.slice(1).map((time, i) => time - at[i]));
  const long = step > 27 * DAY ? 1.2 * step : 1.5 * step; // months differ
  return rows.flatMap((row, i) =>
    i && at[i] - at[i - 1] > long
      ? [{ period: new Date(at[i - 1] + step).toISOString(), jsi: null, low: null, high: null, n: 0 }, row]
      : [row]);
};

const trend = ({ rows: known, marks, words }) => {
  if (known.length < 2) return null;
  const rows = withGaps(known);
  const dates = known.map((row) => Date.parse(row.period)).filter((_, i) => i % Math.ceil(known.length / DATES) === 0);
  const point = (row, value) => [Date.parse(row.period), value];
  const told = (row) => words.tips[row.period] ?? words.hidden;
  return {
    ...base(),
    grid: { left: 34, right: 22, top: 14, bottom: 24 },
    tooltip: {
      ...base().tooltip, trigger: "axis", axisPointer: { lineStyle: { color: colour("edge") } },
      formatter: (found) => told(rows[found[0].dataIndex]),
    },
    xAxis: {
      ...axis(), type: "time", boundaryGap: false, splitLine: { show: false },
      axisLabel: { ...axis().axisLabel, margin: 10, alignMinLabel: "left", alignMaxLabel: "right", customValues: dates, hideOverlap: true, formatter: (time) => words.days[iso(time)] ?? "" },
    },
    yAxis: { ...axis(), type: "value", min: 0, max: 100, interval: 25 },
    series: [
      { type: "line", data: rows.map((row) => point(row, row.low)), stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true },
      {
        type: "line", data: rows.map((row) => point(row, row.high === null ? null : row.high - row.low)), stack: "band",
        symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: colour("ink"), opacity: 0.08 }, silent: true,
      },
      {
        type: "line", data: rows.map((row) => point(row, row.jsi)), smooth: 0.25, smoothMonotone: "x", lineStyle: { color: colour("ink"), width: 2 },
        itemStyle: { color: colour("ink") }, symbol: (_v, { dataIndex: i }) => (rows[i].low_n ? "emptyCircle" : "circle"),
        symbolSize: 6,
        markLine: {
          silent: true, symbol: "none",
          data: [
            ...(marks.gate ? [{ yAxis: marks.gate, lineStyle: { color: colour("good"), type: [1.5, 5], width: 1.5, cap: "round" }, label: { show: false } }] : []),
            ...(marks.turns ?? []).map(([at, said]) => ({
              xAxis: Date.parse(at), lineStyle: { color: colour("bad"), type: "dashed" }, label: { formatter: said, color: colour("bad"), fontSize: 11 },
            })),
          ],
        },
      },
    ],
  };
};

const named = (name) => ({ name, nameTextStyle: { color: colour("muted"), fontSize: 11 } });
const scatter = ({ rows, words }) => {
  const shown = rows.filter((row) => row.jsi !== null && row.importance !== null && !row.hidden);
  if (!shown.length) return null;
  const key = ({ kind, value }) => `${kind}|${value}`;
  const middle = shown.map((row) => Math.abs(row.importance)).sort((a, b) => a - b)[Math.floor(shown.length / 2)];
  const tone = (jsi) => (jsi < 45 ? colour("bad") : jsi > 55 ? colour("good") : colour("muted"));
  return {
    ...base(),
    grid: { left: 40, right: 28, top: 30, bottom: 40 },
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataIndex }) => words.tips[key(shown[dataIndex])],
    },
    xAxis: { ...axis(), ...named("JSI"), min: 0, max: 100, interval: 25, nameLocation: "middle", nameGap: 26 },
    yAxis: { ...axis(), ...named(words.importance), min: 0, axisLabel: { ...axis().axisLabel, formatter: written(words) }, nameTextStyle: { align: "left", ...named("").nameTextStyle } },
    series: [{
      type: "scatter", symbolSize: 11,
      data: shown.map((row) => ({
        value: [row.jsi, Math.abs(row.importance)],
        label: { position: row.jsi > 60 ? "left" : "right" },
        itemStyle: row.low_n ? { color: colour("surface"), borderColor: tone(row.jsi), borderWidth: 2 } : { color: tone(row.jsi) },
      })),
      label: {
        show: true, position: "right", color: colour("ink"), fontSize: 11, formatter: ({ dataIndex }) => words.names[key(shown[dataIndex])],
      },
      labelLayout: { hideOverlap: true, moveOverlap: "shiftY" },
      markLine: {
        silent: true, symbol: "none", label: { show: false }, lineStyle: { color: colour("edge"), type: "dashed" },
        data: [{ xAxis: 50 }, { yAxis: middle }],
      },
    }],
  };
};

const kinds = { sankey, trend, scatter };

/** Draw a figure's chart: `place` holds the SVG, its kind of chart and where the numbers come from. */
export const draw = async (place, address) => {
  const make = kinds[place.dataset.chart];
  if (!make || place.dataset.drawn) return;
  place.dataset.drawn = "yes";
  const answer = await fetch(place.dataset.from);
  if (!answer.ok) return;
  const option = make({ ...(await answer.json()), marks: JSON.parse(place.dataset.marks || "{}"), words: JSON.parse(place.dataset.words || "{}") });
  if (!option) return;
  const { init } = await echarts(address);
  const canvas = Object.assign(document.createElement("div"), { className: `chart ${place.dataset.chart}` });
  place.classList.add("charted");
  place.append(canvas);
  const chart = init(canvas, null, { renderer: "svg" });
  chart.setOption(option);
  new ResizeObserver(() => chart.resize()).observe(canvas);
};
