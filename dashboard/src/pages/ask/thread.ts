import type { ChatStream } from '@cevvo/sdk';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { invalidate } from '../../lib/query.ts';
import { navigate } from '../../lib/router.ts';
import { useSession } from '../../lib/session.ts';
import { newTurn, type Turn, turnsOf } from '../../lib/turns.ts';

export interface Thread {
  turns: Turn[];
  loading: boolean;
  error: unknown;
  writing: boolean;
  ask: (question: string) => void;
  stop: () => void;
  /** Forgets the turns on the screen, to begin anew. */
  leave: () => void;
}

/** A conversation that goes on: the stored turns of `threadId`, and those asked here. */
export function useThread(threadId: string | null): Thread {
  const { client } = useSession();
  const [turns, setTurns] = useState<Turn[]>([]);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<unknown>();
  const shown = useRef<string | null>(null);
  const kept = useRef(true); // whether the server has the thread that is shown
  const stream = useRef<ChatStream | null>(null);

  const stop = useCallback(() => stream.current?.abort(), []);
  useEffect(() => stop, [stop]);
  const leave = useCallback(() => {
    stop();
    shown.current = null;
    kept.current = true;
    setTurns([]);
    setLoading(false);
    setError(undefined);
  }, [stop]);

  useEffect(() => {
    if (threadId === shown.current) return;
    const controller = new AbortController();
    leave();
    shown.current = threadId;
    if (threadId) {
      setLoading(true);
      client.conversations.get(threadId, { signal: controller.signal }).then(
        (conversation) => {
          setTurns(turnsOf(conversation));
          setLoading(false);
        },
        (failed) => {
          if (controller.signal.aborted) return;
          setError(failed);
          setLoading(false);
        },
      );
    }
    return () => controller.abort();
  }, [client, threadId, leave]);

  const ask = useCallback(
    async (question: string) => {
      const turn = newTurn(question, true);
      const change = (changes: Partial<Turn>) =>
        setTurns((all) => all.map((one) => (one.key === turn.key ? { ...one, ...changes } : one)));
      setTurns((all) => [...all, turn]);
      const start = performance.now();
      const known = kept.current ? shown.current : null;
      const chat = client.chat.stream({ message: question, thread_id: known, test: true });
      stream.current = chat;
      try {
        const { thread_id } = await chat.opened();
        if (!known && thread_id) {
          shown.current = thread_id;
          kept.current = true;
          navigate(`/ask/${thread_id}`, { replace: true });
        }
        await eachFrame(chat, (text) => change({ text }));
        const { id, answer, thread_id: _, usage: __, ...rest } = await chat.final();
        const milliseconds = performance.now() - start;
        const messageId = rest.saved && id ? id : null;
        change({ ...rest, text: answer, messageId, state: 'done', milliseconds });
        if (!rest.saved && !known) kept.current = false; // the next question opens another
      } catch (failed) {
        const stopped = failed instanceof DOMException && failed.name === 'AbortError';
        change({ text: chat.text, state: stopped ? 'stopped' : 'failed', error: failed });
      }
      if (stream.current === chat) stream.current = null;
      invalidate('conversations');
      invalidate('analytics');
    },
    [client],
  );

  const writing = turns.at(-1)?.state === 'writing';
  return { turns, loading, error, writing, ask, stop, leave };
}

/** Shows the text as it grows, at most once per frame. */
async function eachFrame(chat: ChatStream, show: (text: string) => void): Promise<void> {
  let frame = 0;
  for await (const _ of chat.textStream) {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      show(chat.text);
    });
  }
  cancelAnimationFrame(frame);
}
