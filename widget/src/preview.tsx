/** The widget as it will look, on a page of the dashboard: with a sample, and without a server. */
import { render } from 'preact';
import type { Look } from './look.ts';
import { Panel } from './panel.tsx';
import { colour, dress } from './style.ts';
import { newTurn, type Thread, type Turn } from './thread.ts';

export type { Look, Texts } from './look.ts';

/** What stands in a preview: a question and its answer. */
export interface Sample {
  question: string;
  text: string;
  source: string;
}

/** Draws into `host`; call it again with another look to draw that. */
export function preview(host: HTMLElement, sample: Sample | null): (look: Look) => void {
  const root = host.attachShadow({ mode: 'open' });
  const box = document.createElement('div');
  root.append(box);
  let dressed: ReturnType<typeof dress> | undefined;
  const nothing = { get: () => ({}), set: () => undefined };
  return (look) => {
    dressed ??= dress(root, box, look);
    dressed.refresh();
    colour(box, look, matchMedia('(prefers-color-scheme: dark)').matches);
    const turns = sample ? [answered(sample)] : [];
    const thread = { turns, writing: false, passedOn: false, known: false, ...IDLE };
    render(
      <Panel
        look={look}
        thread={thread as unknown as Thread}
        memory={nothing}
        onClose={() => undefined}
      />,
      box,
    );
  };
}

const IDLE = {
  ask: async () => undefined,
  again: async () => undefined,
  rate: async () => true,
  passOn: async () => undefined,
  stop: () => undefined,
  restart: () => undefined,
};

function answered({ question, text, source }: Sample): Turn {
  return {
    ...newTurn(question),
    text,
    state: 'done',
    sources: [{ title: source, url: 'https://www.example.com/', score: 1 }],
    messageId: 'sample',
  };
}
