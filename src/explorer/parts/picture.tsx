/** A scene drawn in the page: what is seen is what can be taken along. */
import type { ComponentChildren } from 'preact';
import { px } from '../drawing/px.ts';
import { fonts, type Mark, type Scene } from '../drawing/scene.ts';
import './picture.css';

interface PictureProps {
  readonly scene: Scene;
  /** For screen readers: what is seen. */
  readonly label: string;
  /** What lies over it: zones that can be pointed at. */
  readonly children?: ComponentChildren;
}

export function Picture({ scene: { width, height, marks }, label, children }: PictureProps) {
  return (
    <div class="picture" style={{ width: px(width), height: px(height) }}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {marks.map((mark, index) => (
          // Marks have no name but their place.
          <Drawn key={index} mark={mark} />
        ))}
      </svg>
      {children}
    </div>
  );
}

function Drawn({ mark }: { readonly mark: Mark }) {
  if (mark.type === 'text') {
    const { x, y, text, fill, size, anchor, weight, monospace, rotate } = mark;
    return (
      <text
        x={x}
        y={y}
        fill={fill}
        font-size={size}
        font-weight={weight}
        font-family={monospace ? fonts.monospace : fonts.text}
        text-anchor={anchor}
        transform={rotate ? `rotate(${rotate} ${x} ${y})` : undefined}
        xml:space="preserve"
      >
        {text}
      </text>
    );
  }
  const { fill = 'none', stroke, thickness, opacity } = mark;
  const drawn = { fill, stroke, 'stroke-width': thickness, opacity };
  if (mark.type === 'path') return <path d={mark.d} {...drawn} />;
  if (mark.type === 'circle') return <circle cx={mark.x} cy={mark.y} r={mark.radius} {...drawn} />;
  return <rect x={mark.x} y={mark.y} width={mark.width} height={mark.height} {...drawn} />;
}
