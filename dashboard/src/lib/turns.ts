/** A question with its answer, as Ask and Conversations show it. */
import type {
  Citation,
  CitedSource,
  ConversationDetail,
  Handover,
  Message,
  Rating,
} from '@cevvo/sdk';

export interface Turn {
  key: string;
  question: string;
  /** Asked to try it out: it counts in no figure, and is no gap. */
  test: boolean;
  askedAt: string | null;
  text: string;
  state: 'writing' | 'done' | 'stopped' | 'failed';
  error: unknown;
  messageId: string | null;
  sources: CitedSource[];
  citations: Citation[];
  answered: boolean | null;
  degraded: boolean;
  /** False when the server had no room for it: nothing can be done about it afterwards. */
  saved: boolean;
  handover: Handover | null;
  cached: boolean;
  confidence: number | null;
  model: string | null;
  milliseconds: number | null;
  rating: Rating | null;
  comment: string | null;
}

let turns = 0;

export function newTurn(question: string, test: boolean): Turn {
  return {
    key: `turn-${++turns}`,
    question,
    test,
    askedAt: null,
    text: '',
    state: 'writing',
    error: undefined,
    messageId: null,
    sources: [],
    citations: [],
    answered: null,
    degraded: false,
    saved: true,
    handover: null,
    cached: false,
    confidence: null,
    model: null,
    milliseconds: null,
    rating: null,
    comment: null,
  };
}

/** Whether the sources do not say. A refused topic, which is surely refused, is no gap. */
export function isGap(turn: Turn): boolean {
  return turn.state === 'done' && turn.answered === false && (turn.confidence ?? 0) < 1;
}

/** The turns of a stored conversation; a question whose answer is missing was interrupted. */
export function turnsOf(conversation: ConversationDetail): Turn[] {
  const found: Turn[] = [];
  for (const message of conversation.messages) {
    if (message.role === 'user') {
      const turn = newTurn(message.content, conversation.test ?? false);
      found.push({ ...turn, state: 'stopped', askedAt: message.created_at });
    } else {
      const turn = found.at(-1);
      if (turn) Object.assign(turn, answerOf(message));
    }
  }
  return found;
}

function answerOf(message: Message): Partial<Turn> {
  return {
    text: message.content,
    state: message.status === 'interrupted' ? 'stopped' : 'done',
    messageId: message.id,
    sources: message.sources ?? [],
    citations: message.citations ?? [],
    answered: message.answered ?? null,
    degraded: message.degraded ?? false,
    handover: message.handover ?? null,
    cached: message.cached ?? false,
    confidence: message.confidence ?? null,
    model: message.model ?? null,
    rating: message.feedback?.rating ?? null,
    comment: message.feedback?.comment ?? null,
  };
}
