import { preview } from '@cevvo/widget/preview';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Segmented } from '../../components/controls.tsx';
import { lookOf, type WidgetSettings } from '../../lib/widget.ts';

export interface PreviewProps {
  settings: WidgetSettings;
  language: string;
}

const SAMPLE = {
  question: 'How do I reset my password?',
  text: 'Open **Settings > Security** and choose *Reset password* [1]. The link is valid for one hour.',
  source: 'Account security',
};
const STATES = [
  ['start', 'At the start'],
  ['answer', 'With an answer'],
] as const;

/** The widget as it will look: the same code that websites get, with a sample in it. */
export default function Preview({ settings, language }: PreviewProps) {
  const [state, setState] = useState<'start' | 'answer'>('start');
  return (
    <>
      <Segmented label="Preview" choices={STATES} value={state} onChange={setState} />
      <Frame key={state} answered={state === 'answer'} settings={settings} language={language} />
    </>
  );
}

function Frame({ settings, language, answered }: PreviewProps & { answered: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const draw = useRef<ReturnType<typeof preview>>(undefined);
  useEffect(() => {
    if (!host.current) return;
    draw.current ??= preview(host.current, answered ? SAMPLE : null);
    draw.current(lookOf(settings, language));
  }, [settings, language, answered]);
  return (
    <div class="widget-frame" inert>
      <div ref={host} />
    </div>
  );
}
