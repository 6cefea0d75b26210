import { useEffect, useState } from 'preact/hooks';

const SHOWN_MS = 4_000;
let show: (text: string) => void = () => undefined;

/** Says briefly that something was done; read out by screen readers. */
export function toast(text: string): void {
  show(text);
}

export function Toaster() {
  const [text, setText] = useState('');
  useEffect(() => {
    show = setText;
  }, []);
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => setText(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="toast" role="status">
      {text}
    </div>
  );
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    toast('The browser did not allow copying.');
  }
}
