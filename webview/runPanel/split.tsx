import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

/** The draggable line under the attempts table; arrow keys move it by one row. */
export function Split(props: { readonly height: number; readonly min: number; readonly max: number; readonly onHeight: (height: number) => void }): VNode {
  const start = useRef<{ y: number; height: number } | null>(null);
  const set = (height: number): void => props.onHeight(Math.round(Math.min(props.max, Math.max(props.min, height))));
  return (
    <div
      class="split"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the attempts table"
      aria-valuenow={props.height}
      aria-valuemin={props.min}
      aria-valuemax={props.max}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown') set(props.height + 24);
        else if (event.key === 'ArrowUp') set(props.height - 24);
        else return;
        event.preventDefault();
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { y: event.clientY, height: props.height };
      }}
      onPointerMove={(event) => {
        if (start.current) set(start.current.height + event.clientY - start.current.y);
      }}
      onPointerUp={() => {
        start.current = null;
      }}
    />
  );
}
