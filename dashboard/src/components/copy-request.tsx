import { LANGUAGES, type Language, requestAs } from '../lib/request-code.ts';
import { copy } from './toast.tsx';

export interface CopyRequestProps {
  question: string;
}

/** The same question as code, to be pasted elsewhere. */
export default function CopyRequest({ question }: CopyRequestProps) {
  return (
    <select
      class="input copy-request"
      aria-label="Copy the request"
      value=""
      onChange={(event) => {
        const language = event.currentTarget.value as Language;
        event.currentTarget.value = '';
        copy(requestAs(language, question, location.origin), `The request for ${language}`);
      }}
    >
      <option value="" disabled>
        Copy as
      </option>
      {LANGUAGES.map((language) => (
        <option key={language}>{language}</option>
      ))}
    </select>
  );
}
