/**
 * A picture as a list of marks, from the back to the front: made by a view from its figures, painted on a canvas or written
 * as SVG. Lengths are CSS pixels.
 */

interface Drawn {
  readonly fill?: string;
  readonly stroke?: string;
  /** Of the stroke. Default: 1. */
  readonly thickness?: number;
  /** 0 to 1. Default: 1. */
  readonly opacity?: number;
}

export type Mark =
  | ({
      readonly type: 'rect';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    } & Drawn)
  | ({ readonly type: 'path' /** As of SVG. */; readonly d: string } & Drawn)
  | ({ readonly type: 'circle'; readonly x: number; readonly y: number; readonly radius: number } & Drawn)
  | {
      readonly type: 'text';
      readonly x: number;
      /** Of the baseline. */
      readonly y: number;
      readonly text: string;
      readonly fill: string;
      readonly size: number;
      readonly anchor?: 'start' | 'middle' | 'end';
      readonly weight?: 'normal' | 'bold';
      /** Of tokens. */
      readonly monospace?: boolean;
      /** Degrees, clockwise. */
      readonly rotate?: number;
    };

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly marks: readonly Mark[];
}

export const fonts = {
  text: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  monospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
} as const;
