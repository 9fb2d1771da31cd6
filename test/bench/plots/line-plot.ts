// One line chart as an SVG text that stands alone in a page. Never shows a number that it was not given.
import { axisX, axisY, gridY, lineY, plot, ruleY, text } from "@observablehq/plot";
import { parseHTML } from "linkedom";

// Told apart by people who do not see all colours (after Okabe and Ito), and readable on white and on black.
const colours = { orange: "#d55e00", green: "#009e73", gold: "#a8790a", blue: "#3b82d0" } as const;

/** What is drawn with one stroke. */
export interface PlotLine {
  readonly name: string;
  readonly colour: keyof typeof colours;
  /** Default false. */
  readonly isDashed?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** A chart of lines. */
export interface LinePlot {
  readonly title: string;
  /** The machine and the day: without them a figure says nothing. */
  readonly caption: string;
  /** What the axis counts. */
  readonly xLabel: string;
  /** With the unit. */
  readonly yLabel: string;
  /** Whether each step upwards multiplies. Default: each adds. To the right each step always multiplies. */
  readonly isLogY?: boolean;
  readonly lines: readonly PlotLine[];
}

const [width, height] = [760, 400];
const margins = { marginTop: 84, marginBottom: 76, marginLeft: 84, marginRight: 28 };
// What stands outside of the axes begins at one edge.
const edge = -68;

// The reader's system says which: a picture cannot see the page it is in. So it brings its own background, too.
const themes = `svg { color: #1f2328; background: #ffffff; }
@media (prefers-color-scheme: dark) { svg { color: #e6edf3; background: #0d1117; } }`;

/** The chart as text. */
export function renderLinePlot({ title, caption, xLabel, yLabel, isLogY = false, lines }: LinePlot): string {
  const points = lines.flatMap((line) => line.points);
  const measured = [...new Set(points.map(({ x }) => x))];
  const ticks = isLogY ? powersOfTen(points.map(({ y }) => y)) : 5;
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const chart = plot({
    document,
    width,
    height,
    ...margins,
    style: { background: "none", fontSize: "13px", fontFamily: "system-ui, sans-serif" },
    x: { type: "log", label: null, ticks: [], domain: spanOf(measured) },
    y: { type: isLogY ? "log" : "linear", label: null, zero: !isLogY, nice: !isLogY },
    marks: [
      gridY({ ticks }),
      axisY({ ticks, tickFormat: showNumber, tickSize: 0 }),
      axisX({ ticks: measured, tickFormat: () => "" }),
      // Not the axis's own numbers: on a scale that multiplies it leaves out those between powers of ten.
      text(measured, { x: (x: number) => x, text: showNumber, frameAnchor: "bottom", dy: 20 }),
      ...(isLogY ? [] : [ruleY([0])]),
      ...lines.map((line) => {
        const stroke = {
          stroke: colours[line.colour],
          strokeWidth: 2,
          strokeDasharray: line.isDashed ? "6 4" : "none",
        };
        return lineY(line.points, { x: "x", y: "y", ...stroke, marker: "dot" });
      }),
      text([title], { frameAnchor: "top-left", dx: edge, dy: -72, fontSize: 16, fontWeight: "bold" }),
      ...legend(lines),
      text([yLabel], { frameAnchor: "top-left", dx: edge, dy: -22 }),
      text([xLabel], { frameAnchor: "bottom", dy: 40 }),
      text([caption], { frameAnchor: "bottom-left", dx: edge, dy: 66, fillOpacity: 0.75, fontSize: 11 }),
    ],
  });
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  chart.setAttribute("role", "img");
  chart.setAttribute("aria-label", `${title}: ${yLabel} against ${xLabel}`);
  const style = document.createElement("style");
  style.textContent = themes;
  chart.prepend(style);
  return `${chart.outerHTML}\n`;
}

/** The names of the lines in a row, each in its colour: beside the ends of the lines they would lie on each other. */
function legend(lines: readonly PlotLine[]) {
  let left = edge;
  return lines.map(({ name, colour, isDashed }) => {
    const shown = isDashed ? `${name} (dashed)` : name;
    const place = { frameAnchor: "top-left", dx: left, dy: -46 } as const;
    // A letter of this size and weight is 7.5 px wide; 24 lie between two names.
    left += shown.length * 7.5 + 24;
    return text([shown], { ...place, fill: colours[colour], fontWeight: "bold" });
  });
}

const spanOf = (values: readonly number[]): [least: number, most: number] => [Math.min(...values), Math.max(...values)];

/** Steps of an axis between the least and the greatest value; with 2 and 5 between them where there would be few. */
function powersOfTen(values: readonly number[]): number[] {
  const [least, most] = spanOf(values);
  const first = Math.floor(Math.log10(least));
  const powers = Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, step) => 10 ** (first + step));
  const steps = powers.length > 4 ? powers : powers.flatMap((power) => [power, 2 * power, 5 * power]);
  return steps.filter((step) => step >= least && step <= most);
}

const showNumber = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });
