/** A scene drawn in the page: what is seen is what can be taken along. */
import type { ComponentChildren } from 'preact';
import { elementOf } from '../drawing/element.ts';
import { px } from '../drawing/px.ts';
import type { Scene } from '../drawing/scene.ts';
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
        {marks.map((mark, index) => {
          const { name: Drawn, attributes, text } = elementOf(mark);
          // Marks have no name but their place.
          return (
            <Drawn key={index} {...attributes}>
              {text}
            </Drawn>
          );
        })}
      </svg>
      {children}
    </div>
  );
}
