import { ActionIcon, Tooltip } from '@mantine/core';
import { type LucideIcon, Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { lifecycleChart } from '../../../src/inspect/chart/index.ts';
import { useZoom, zoomStep } from './use-zoom.ts';

const ratio = lifecycleChart.height / lifecycleChart.width;

/** The drawing in a frame that fits its card. It follows the active state, zooms and pans. */
export function ChartFrame({ picture, active }: { picture: string; active: string | undefined }) {
  const frame = useRef<HTMLElement>(null);
  const { zoom, zoomBy, fit } = useZoom(frame, ratio);
  useEffect(() => {
    if (frame.current && active !== undefined) scrollToState(frame.current, active);
  }, [active]);
  return (
    <div className="chart-frame">
      {/* biome-ignore-start lint/a11y/noNoninteractiveTabindex: keyboard users need the focus to scroll and to zoom it */}
      <section
        className="chart"
        aria-label="Lifecycle chart"
        aria-keyshortcuts="+ - 0"
        tabIndex={0}
        ref={frame}
      >
        <div
          className="picture"
          // The policy of the page allows styles that a script sets.
          style={{ width: `${zoom * 100}%` }}
          // biome-ignore lint/security/noDangerouslySetInnerHtml: a drawing of this project, without user data
          dangerouslySetInnerHTML={{ __html: picture }}
        />
      </section>
      {/* biome-ignore-end lint/a11y/noNoninteractiveTabindex: see above */}
      <ActionIcon.Group orientation="vertical" className="chart-controls">
        <Control icon={ZoomIn} label="Zoom in (+)" onClick={() => zoomBy(zoomStep)} />
        <Control icon={ZoomOut} label="Zoom out (-)" onClick={() => zoomBy(1 / zoomStep)} />
        <Control icon={Maximize} label="Show all of the chart (0)" onClick={fit} />
      </ActionIcon.Group>
    </div>
  );
}

function Control({ icon: Icon, label, onClick }: { icon: LucideIcon; label: string; onClick: () => void }) {
  return (
    <Tooltip label={label} position="left">
      <ActionIcon variant="default" size="lg" aria-label={label} onClick={onClick}>
        <Icon size={16} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** Scrolls a state to the middle of the frame. */
function scrollToState(frame: HTMLElement, path: string): void {
  const box = frame.querySelector(`[data-state="${CSS.escape(path)}"] > *`)?.getBoundingClientRect();
  if (box === undefined) return;
  const { left, top } = frame.getBoundingClientRect();
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  frame.scrollBy({
    left: box.left + box.width / 2 - left - frame.clientWidth / 2,
    top: box.top + box.height / 2 - top - frame.clientHeight / 2,
    behavior: isCalm ? 'instant' : 'smooth',
  });
}
