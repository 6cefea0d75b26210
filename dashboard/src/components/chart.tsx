import { useState } from 'preact/hooks';
import '../styles/chart.css';

const WIDTH = 300;
const HEIGHT = 84;

export interface Point {
  /** When, as it is read out. */
  label: string;
  /** Null where there is nothing to measure, which is not the same as nothing. */
  value: number | null;
}

interface ChartProps {
  title: string;
  points: Point[];
  show: (value: number) => string;
  /** The top of the scale; without it, the greatest value. */
  top?: number;
}

/** Bars over time: one is read off by pointing at it, all of them in the table below. */
export function Chart({ title, points, show, top }: ChartProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const scale = top ?? Math.max(...values, 0);
  const step = WIDTH / points.length;
  const read = (value: number | null) => (value === null ? '–' : show(value));
  const at = pointed === null ? undefined : points[pointed];
  const point = (event: PointerEvent & { currentTarget: Element }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - left) / width) * points.length);
    setPointed(Math.min(Math.max(place, 0), points.length - 1));
  };
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="number quiet">
          {at ? `${at.label}: ${read(at.value)}` : values.length > 0 && `up to ${show(scale)}`}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, ${points.length} bars; the table below has the figures`}
        onPointerMove={point}
        onPointerLeave={() => setPointed(null)}
      >
        <line x1="0" y1={HEIGHT - 0.5} x2={WIDTH} y2={HEIGHT - 0.5} />
        {points.map(({ value }, place) => {
          if (value === null) return null;
          const height = scale === 0 ? 0 : Math.max((value / scale) * (HEIGHT - 4), value && 2);
          return (
            <rect
              key={place}
              class={place === pointed ? 'pointed' : ''}
              x={place * step + step * 0.12}
              y={HEIGHT - 1 - height}
              width={step * 0.76}
              height={height}
            />
          );
        })}
      </svg>
      <p class="chart-ends small quiet" aria-hidden="true">
        <span>{points[0]?.label}</span>
        <span>{points.at(-1)?.label}</span>
      </p>
      <details>
        <summary class="small quiet">Table</summary>
        <div class="chart-table">
          <table aria-label={title}>
            <tbody>
              {points.map(({ label, value }, place) => (
                <tr key={place}>
                  <th scope="row">{label}</th>
                  <td class="number">{read(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
