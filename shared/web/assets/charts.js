// The dashboard's charts, drawn from the table beneath each (bars: lying): <figure data-chart="bar|bars|line|pie" data-table="id">.
import { BarChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const COLOURS = ["#0a5cb8", "#d9730d", "#2f855a", "#8b3fb0", "#b3261e", "#5b6472"];

function read(table) {
  const heads = [...table.tHead.rows[0].cells].slice(1).filter((cell) => !cell.hasAttribute("data-no-chart"));
  const names = heads.map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  return {
    names,
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    series: heads.map((head) => rows.map((row) => Number(row.cells[head.cellIndex].dataset.value ?? row.cells[head.cellIndex].textContent) || 0)),
  };
}

function option(kind, { names, labels, series }, unit = "") {
  const valueFormatter = (value) => `${value}${unit}`;
  const common = { color: COLOURS, aria: { enabled: true }, tooltip: { trigger: kind === "pie" ? "item" : "axis", valueFormatter }, animation: false };
  if (kind === "pie") {
    const data = labels.map((name, i) => ({ name, value: series[0][i] }));
    return { ...common, series: [{ type: "pie", radius: ["45%", "70%"], data }] };
  }
  const lying = kind === "bars";
  const words = { type: "category", data: labels, axisLabel: { hideOverlap: true, width: lying ? 96 : undefined, overflow: lying ? "truncate" : undefined }, inverse: lying };
  const numbers = { type: "value", minInterval: 1 };
  return {
    ...common,
    legend: names.length > 1 ? { top: 0 } : undefined,
    grid: { left: 8, right: 16, top: names.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
    xAxis: lying ? numbers : words,
    yAxis: lying ? words : numbers,
    series: names.map((name, i) => ({ name, type: lying ? "bar" : kind, data: series[i], barMaxWidth: 36, smooth: false })),
  };
}

function draw() {
  for (const figure of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
    const table = document.getElementById(figure.dataset.table);
    if (!table?.tBodies[0]?.rows.length) continue;
    figure.dataset.drawn = "1";
    const chart = echarts.init(figure, null, { renderer: "svg" });
    chart.setOption(option(figure.dataset.chart, read(table), figure.dataset.unit));
    new ResizeObserver(() => chart.resize()).observe(figure);
  }
}
draw();
document.addEventListener("htmx:afterSettle", draw);
