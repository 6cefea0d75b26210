import type { AnswerSettings, RefusedRequests, UsageEntry, UsageReport } from '@cevvo/sdk';
import { PeriodSwitch, Segmented, usePeriod } from '../components/controls.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { cost, count, dayName, percent } from '../lib/format.ts';
import { useQuery } from '../lib/query.ts';
import { setQuery, usePlace } from '../lib/router.ts';
import { useSession } from '../lib/session.ts';
import '../styles/usage.css';

const GROUPS = [
  ['day', 'By day'],
  ['key', 'By key'],
  ['model', 'By model'],
] as const;
type Group = (typeof GROUPS)[number][0];

const tokensOf = (entry: Pick<UsageEntry, 'prompt_tokens' | 'completion_tokens'>) =>
  entry.prompt_tokens + entry.completion_tokens;

/** What language models took, and how much of the day's budgets is gone. */
export default function Usage() {
  const { client } = useSession();
  const period = usePeriod();
  const usage = useQuery(`usage?${period}`, (signal) => client.usage({ period }, { signal }));
  const settings = useQuery('settings/answers', (signal) => client.settings.answers({ signal }));
  return (
    <Page
      title="Usage"
      lede="What language models took, and what was refused. The built-in answerer takes nothing."
      actions={<PeriodSwitch />}
    >
      <Loaded query={usage}>
        {(report) => (
          <>
            {settings.data && <Budgets settings={settings.data} entries={report.data} />}
            {report.data.length === 0 ? <Nothing /> : <Report report={report} />}
            <Refused refused={report.refused} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Nothing() {
  return (
    <Empty
      title="No language model was asked"
      action={
        <a class="button" href="/settings">
          Settings
        </a>
      }
    >
      In this period all answers were quotations, which take no tokens. Once a model is configured on
      the server, its requests, tokens and costs are counted here by day, key and model.
    </Empty>
  );
}

function Budgets({ settings, entries }: { settings: AnswerSettings; entries: UsageEntry[] }) {
  const { tokens_per_day, cost_per_day } = settings;
  if (tokens_per_day === null && cost_per_day === null) return null;
  const now = new Date().toISOString().slice(0, 10);
  const today = entries.filter(({ day }) => day === now);
  const tokens = today.reduce((sum, entry) => sum + tokensOf(entry), 0);
  const money = today.reduce((sum, entry) => sum + entry.cost, 0);
  return (
    <section class="budgets" aria-label="Budgets">
      {tokens_per_day !== null && (
        <Budget name="Tokens today" taken={tokens} of={tokens_per_day} say={count} />
      )}
      {cost_per_day !== null && (
        <Budget name="Cost today" taken={money} of={cost_per_day} say={cost} />
      )}
    </section>
  );
}

interface BudgetProps {
  name: string;
  taken: number;
  of: number;
  say: (value: number) => string;
}

/** A day is one of UTC; what is used up is refused with 429 until the next. */
function Budget({ name, taken, of, say }: BudgetProps) {
  const used = taken >= of;
  return (
    <div>
      <p class="small">
        <span class="quiet">{name}</span>{' '}
        <b class="number">
          {say(taken)} of {say(of)}
        </b>{' '}
        {used ? (
          <span class="status failed">used up until midnight UTC</span>
        ) : (
          <span class="quiet number">{percent(taken / of)}</span>
        )}
      </p>
      <progress class="bar" aria-label={name} value={Math.min(1, taken / of)} />
    </div>
  );
}

function Report({ report }: { report: UsageReport }) {
  const asked = usePlace().query.get('by');
  const by: Group = GROUPS.find(([group]) => group === asked)?.[0] ?? 'day';
  const rows = grouped(report.data, by);
  const most = Math.max(...rows.map(({ tokens }) => tokens), 1);
  const total = report.prompt_tokens + report.completion_tokens;
  return (
    <>
      <dl class="totals">
        <Total name="Answers" value={count(report.requests)} />
        <Total name="Tokens read" value={count(report.prompt_tokens)} />
        <Total name="Tokens written" value={count(report.completion_tokens)} />
        <Total name="Cost" value={report.cost > 0 ? cost(report.cost) : '–'} />
      </dl>
      <div class="filters">
        <Segmented
          label="Group"
          choices={GROUPS}
          value={by}
          onChange={(group) => setQuery({ by: group === 'day' ? null : group })}
        />
      </div>
      <div class="usage-scroll" role="region" aria-label="Usage" tabIndex={0}>
        <table class="usage">
          <thead>
            <tr>
              <th scope="col">{{ day: 'Day (UTC)', key: 'Asked by', model: 'Model' }[by]}</th>
              <th scope="col">Answers</th>
              <th scope="col">Tokens</th>
              <th scope="col">Share</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <th scope="row" dir="auto">
                  {row.name}
                </th>
                <td class="number">{count(row.requests)}</td>
                <td class="number">{count(row.tokens)}</td>
                <td>
                  <div class="share">
                    <span class="number">{percent(total ? row.tokens / total : 0)}</span>
                    <progress class="bar" aria-hidden="true" value={row.tokens / most} />
                  </div>
                </td>
                <td class="number">{row.cost > 0 ? cost(row.cost) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** A key that is refused often has a client that asks too fast, or a limit that is too low. */
function Refused({ refused }: { refused: RefusedRequests[] }) {
  if (refused.length === 0) return null;
  const keys = new Map<string, { name: string; requests: number; last: string }>();
  for (const { key_id, key_name, requests, day } of refused) {
    const row = keys.get(key_id) ?? { name: key_name ?? 'A deleted key', requests: 0, last: day };
    row.requests += requests;
    keys.set(key_id, row);
  }
  const rows = [...keys.entries()].sort(([, a], [, b]) => b.requests - a.requests);
  return (
    <section class="refused" aria-labelledby="refused">
      <h2 id="refused">Refused requests</h2>
      <p class="quiet">
        Over a limit of the key or of a visitor, or after the day’s budget was used up: answered
        with 429. <a href="/api-keys">Limits of keys</a>
      </p>
      <div class="usage-scroll" role="region" aria-label="Refused requests" tabIndex={0}>
        <table class="usage">
          <thead>
            <tr>
              <th scope="col">Asked by</th>
              <th scope="col">Requests</th>
              <th scope="col">Last on (UTC)</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([id, { name, requests, last }]) => (
              <tr key={id}>
                <th scope="row" dir="auto">
                  {name}
                </th>
                <td class="number">{count(requests)}</td>
                <td class="number">{dayName(last)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Total({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt class="small quiet">{name}</dt>
      <dd class="number">{value}</dd>
    </div>
  );
}

interface Row {
  id: string;
  name: string;
  requests: number;
  tokens: number;
  cost: number;
}

function grouped(entries: UsageEntry[], by: Group): Row[] {
  const rows = new Map<string, Row>();
  for (const entry of entries) {
    const id = { day: entry.day, key: entry.key_id, model: entry.model }[by];
    const name = {
      day: dayName(entry.day),
      key: entry.key_name ?? (entry.key_id.startsWith('key_') ? 'A deleted key' : 'In the dashboard'),
      model: entry.model,
    }[by];
    const row = rows.get(id) ?? { id, name, requests: 0, tokens: 0, cost: 0 };
    row.requests += entry.requests;
    row.tokens += tokensOf(entry);
    row.cost += entry.cost;
    rows.set(id, row);
  }
  // Days stay in their order, all else goes by size.
  return by === 'day' ? [...rows.values()] : [...rows.values()].sort((a, b) => b.tokens - a.tokens);
}
