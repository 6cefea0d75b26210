import { useEffect, useState } from 'preact/hooks';
import { Group } from '../../components/group.tsx';
import { copy, toast } from '../../components/toast.tsx';
import { change, get, type Presence } from '../../lib/account.ts';
import { explain } from '../../lib/failure.ts';
import { useSession } from '../../lib/session.ts';
import { Field, FormProblem, useSubmission } from '../outside/frame.tsx';

interface Secret {
  secret: string;
  uri: string;
}

/** Codes of an authenticator app: setting them up, and no longer asking for them. */
export function SecondFactor({ presence }: { presence: Presence }) {
  const { client, enter } = useSession();
  const [secret, setSecret] = useState<Secret | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = async () => {
    setSecret(null);
    setCodes(null);
    try {
      enter(await get<Presence>(client, '/session'));
    } catch (error) {
      toast(explain(error).detail);
    }
  };
  return (
    <Group
      title="Second factor"
      hint="Besides your password, each sign-in then asks for a code of an authenticator app."
    >
      {codes ? (
        <RecoveryCodes codes={codes} onDone={refresh} />
      ) : presence.person.second_factor ? (
        <Disable />
      ) : secret ? (
        <Confirm secret={secret} onCodes={setCodes} />
      ) : (
        <Start presence={presence} onSecret={setSecret} />
      )}
    </Group>
  );
}

function Start({
  presence,
  onSecret,
}: {
  presence: Presence;
  onSecret: (secret: Secret) => void;
}) {
  const { client } = useSession();
  const [password, setPassword] = useState('');
  const { has_password } = presence.person;
  const { busy, problem, submit } = useSubmission(async () => {
    const body = has_password ? { current_password: password } : {};
    onSecret(await change<Secret>(client, 'POST', '/account/second-factor', body));
  }, null);
  return (
    <form class="form" onSubmit={submit}>
      {has_password && (
        <Field
          label="Your password"
          type="password"
          value={password}
          onInput={setPassword}
          autocomplete="current-password"
        />
      )}
      <FormProblem>{problem}</FormProblem>
      <div>
        <button type="submit" class="button" disabled={busy}>
          Set it up
        </button>
      </div>
    </form>
  );
}

interface ConfirmProps {
  secret: Secret;
  onCodes: (codes: string[]) => void;
}

function Confirm({ secret, onCodes }: ConfirmProps) {
  const { client } = useSession();
  const [code, setCode] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    const path = '/account/second-factor';
    const answer = await change<{ recovery_codes: string[] }>(client, 'PUT', path, { code });
    onCodes(answer.recovery_codes);
  }, null);
  return (
    <form class="form" onSubmit={submit}>
      <p class="quiet">Read this with your authenticator app, then enter the code that it shows.</p>
      <QrCode text={secret.uri} />
      <p class="small">
        Or type the key: <code>{secret.secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      <Field label="Code" value={code} onInput={setCode} autocomplete="one-time-code" />
      <FormProblem>{problem}</FormProblem>
      <div>
        <button type="submit" class="button primary" disabled={busy}>
          Turn it on
        </button>
      </div>
    </form>
  );
}

/** Made here: the secret goes to nobody else. */
function QrCode({ text }: { text: string }) {
  const [image, setImage] = useState<string>();
  useEffect(() => {
    import('uqr').then(({ renderSVG }) => {
      setImage(`data:image/svg+xml,${encodeURIComponent(renderSVG(text, { border: 2 }))}`);
    });
  }, [text]);
  return image ? <img class="qr" src={image} alt="QR code with the key below" /> : null;
}

function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  return (
    <div class="form">
      <p>
        It is on. Keep these recovery codes somewhere safe: each stands in for your phone once. They
        are shown this once.
      </p>
      <ul class="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <button
          type="button"
          class="button"
          onClick={() => copy(codes.join('\n'), 'The recovery codes')}
        >
          Copy them
        </button>
        <button type="button" class="button primary" onClick={onDone}>
          I have kept them
        </button>
      </div>
    </div>
  );
}

function Disable() {
  const { client, enter } = useSession();
  const [code, setCode] = useState('');
  const { busy, problem, submit } = useSubmission(async () => {
    const path = '/account/second-factor/disable';
    enter(await change<Presence>(client, 'POST', path, { code }));
    toast('Second factor removed');
  }, null);
  return (
    <form class="form" onSubmit={submit}>
      <p class="quiet">It is on. To remove it, enter a code of the app or a recovery code.</p>
      <Field label="Code" value={code} onInput={setCode} autocomplete="one-time-code" />
      <FormProblem>{problem}</FormProblem>
      <div>
        <button type="submit" class="button" disabled={busy || !code}>
          Remove it
        </button>
      </div>
    </form>
  );
}
