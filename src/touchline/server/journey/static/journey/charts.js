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
const round = (value) => (value === null || value === undefined ? "–" : Math.round(value * 10) / 10);
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

const sankey = ({ rows }) => {
  const links = rows.filter((row) => row.target !== null && row.target !== undefined && row.n);
  if (!links.length) return null;
  const name = (level, state) => `${level}|${state}`;
  const nodes = new Set(links.flatMap((row) => [name(row.level, row.source), name(row.level + 1, row.target)]));
  const ends = /^[<(]?(ended|end|none|nothing|left)[)>]?$/i;
  const plain = (text) => text.slice(text.indexOf("|") + 1);
  return {
    ...base(),
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataType, data, value }) =>
        dataType === "edge" ? `${plain(data.source)} → ${plain(data.target)}: n ${data.value.toLocaleString()}`
          : `${plain(data.name)}: n ${value.toLocaleString()}`,
    },
    series: [{
      type: "sankey", nodeWidth: 9, nodeGap: 12, left: 4, right: 130, top: 10, bottom: 10, draggable: true,
      emphasis: { focus: "adjacency" },
      data: [...nodes].map((id) => ({
        name: id, itemStyle: { color: colour(ends.test(plain(id)) ? "bad" : "ink"), borderWidth: 0 },
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
const dated = new Intl.DateTimeFormat(document.documentElement.lang.replace(/^en$/, "en-GB"), { day: "numeric", month: "short", timeZone: "UTC" });
const spoken = { format: (time) => dated.format(time).replace("Sept", "Sep") }; // as everywhere else
const withGaps = (rows) => {
  const at = rows.map((row) => Date.parse(row.period));
  const step = Math.min(...at.slice(1).map((time, i) => time - at[i]));
  const long = step > 27 * DAY ? 1.2 * step : 1.5 * step; // months differ
  return rows.flatMap((row, i) =>
    i && at[i] - at[i - 1] > long
      ? [{ period: new Date(at[i - 1] + step).toISOString(), jsi: null, low: null, high: null, n: 0 }, row]
      : [row]);
};

const trend = ({ rows: known, marks }) => {
  if (known.length < 2) return null;
  const rows = withGaps(known);
  const at = (row) => spoken.format(Date.parse(row.period));
  const dates = known.map((row) => Date.parse(row.period)).filter((_, i) => i % Math.ceil(known.length / DATES) === 0);
  const point = (row, value) => [Date.parse(row.period), value];
  const told = (row) => row.jsi === null ? `hidden, n ${row.n}`
    : `${round(row.jsi)} (${round(row.low)} to ${round(row.high)}), n ${row.n}${row.low_n ? ", low n" : ""}${row.unfinished ? ", unfinished" : ""}`;
  return {
    ...base(),
    grid: { left: 34, right: 22, top: 14, bottom: 24 },
    tooltip: {
      ...base().tooltip, trigger: "axis", axisPointer: { lineStyle: { color: colour("edge") } },
      formatter: (found) => `${at(rows[found[0].dataIndex])}\n${told(rows[found[0].dataIndex])}`,
    },
    xAxis: {
      ...axis(), type: "time", boundaryGap: false, splitLine: { show: false },
      axisLabel: { ...axis().axisLabel, customValues: dates, hideOverlap: true, formatter: (time) => spoken.format(time) },
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

const scatter = ({ rows }) => {
  const shown = rows.filter((row) => row.jsi !== null && row.importance !== null && !row.hidden);
  if (!shown.length) return null;
  const middle = shown.map((row) => Math.abs(row.importance)).sort((a, b) => a - b)[Math.floor(shown.length / 2)];
  const tone = (jsi) => (jsi < 45 ? colour("bad") : jsi > 55 ? colour("good") : colour("muted"));
  return {
    ...base(),
    grid: { left: 46, right: 24, top: 18, bottom: 36 },
    tooltip: {
      ...base().tooltip,
      formatter: ({ dataIndex }) => {
        const row = shown[dataIndex];
        return `${row.name} (${row.kind})\nimportance ${round(row.importance * 100) / 100} (${round(row.low * 100) / 100} to ${round(row.high * 100) / 100})\nJSI ${round(row.jsi)}, n ${row.n}${row.low_n ? ", low n" : ""}`;
      },
    },
    xAxis: { ...axis(), min: 0, max: 100, name: "JSI", nameLocation: "end", nameTextStyle: { color: colour("muted") } },
    yAxis: { ...axis(), min: 0 },
    series: [{
      type: "scatter", symbolSize: 11,
      data: shown.map((row) => ({
        value: [row.jsi, Math.abs(row.importance)],
        itemStyle: row.low_n ? { color: colour("surface"), borderColor: tone(row.jsi), borderWidth: 2 } : { color: tone(row.jsi) },
      })),
      label: {
        show: true, position: "right", color: colour("ink"), fontSize: 11, formatter: ({ dataIndex }) => shown[dataIndex].name,
      },
      labelLayout: { hideOverlap: true },
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
  const option = make({ ...(await answer.json()), marks: JSON.parse(place.dataset.marks || "{}") });
  if (!option) return;
  const { init } = await echarts(address);
  const canvas = Object.assign(document.createElement("div"), { className: `chart ${place.dataset.chart}` });
  place.classList.add("charted");
  place.append(canvas);
  const chart = init(canvas, null, { renderer: "svg" });
  chart.setOption(option);
  new ResizeObserver(() => chart.resize()).observe(canvas);
};
